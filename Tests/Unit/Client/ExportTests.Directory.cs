using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Client;

// What an export does with the directory that it writes to, and with what it finds there.
public sealed partial class ExportTests
{
    [Fact]
    public async Task A_file_that_was_cut_or_is_missing_or_foreign_makes_the_interval_be_exported_again()
    {
        _bench.Scan.AddMany(10);
        await _bench.ExportDayAsync();
        var file = Path.Combine(_bench.Day1Directory, "part-00000.parquet");
        foreach (var damage in new Action[]
            {
                () => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]),
                () => File.Delete(file),
                () => File.Copy(file, Path.Combine(_bench.Day1Directory, "part-00001.parquet")),
            })
        {
            damage();
            Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
            CheckFile(Assert.Single(_bench.Manifest().Files));
            Assert.Equal([ExportManifest.FileName, "part-00000.parquet"], ExportBench.FilesOf(_bench.Day1Directory));
        }

        Assert.Equal(4, _bench.Scans.Count);
    }

    [Fact]
    public async Task A_flipped_byte_is_found_when_the_digests_are_checked()
    {
        _bench.Scan.AddMany(10);
        await _bench.ExportDayAsync();
        var file = Path.Combine(_bench.Day1Directory, "part-00000.parquet");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[50] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await _bench.ExportDayAsync();
        Assert.Single(_bench.Scans);
        await _bench.ExportDayAsync("--verify");
        Assert.Equal(2, _bench.Scans.Count);
        CheckFile(Assert.Single(_bench.Manifest().Files));
    }

    [Fact]
    public async Task A_failure_midway_leaves_nothing_that_looks_finished()
    {
        _bench.Scan.AddMany(100).Fails = (50, new InvalidOperationException("The cluster is gone."));
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--row-group-events", "10"));
        Assert.Empty(_bench.Visible());
        _bench.Scan.Fails = null;
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.Equal(100, _bench.Manifest().Events);
    }

    [Fact]
    public async Task A_failure_midway_keeps_the_earlier_export()
    {
        _bench.State = IntervalState.Open;
        _bench.Scan.AddMany(100);
        await _bench.ExportDayAsync();
        _bench.Scan.Fails = (50, new InvalidOperationException("The cluster is gone."));
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync());
        Assert.Equal(100, _bench.Manifest().Events);
        CheckFile(Assert.Single(_bench.Manifest().Files));
        Assert.Equal(["interval=20251122T000000"], _bench.Visible());
    }

    [Fact]
    public async Task A_disk_that_refuses_is_told_with_the_way_out_and_leaves_nothing()
    {
        _bench.Scan.AddMany(100);
        _bench.Scan.BeforePage = at =>
        {
            if (at == 99)
            {
                File.WriteAllText(
                    Path.Combine(Assert.Single(Directory.GetDirectories(Path.Combine(_bench.Out, "_temporary"))), "part-00001.parquet"), "in the way");
            }

            return Task.CompletedTask;
        };
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--row-group-events", "90", "--file-bytes", "1"));
        Assert.Empty(_bench.Visible());
        Assert.Contains("Interval 20251122T000000 could not be written", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Contains("run the same command again", _bench.Run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_leaves_nothing()
    {
        using var interrupt = new CancellationTokenSource();
        _bench.Scan.AddMany(100).BeforePage = at => at > 50 ? interrupt.CancelAsync() : Task.CompletedTask;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(new StringWriter(), TimeProvider.System, interrupt.Token));
        Assert.Empty(_bench.Visible());
    }

    [Fact]
    public async Task What_a_killed_export_has_left_is_cleared_away()
    {
        var left = Directory.CreateDirectory(Path.Combine(_bench.Out, "_temporary", "interval=20251122T000000")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "part-00000.parquet"), "half");
        await File.WriteAllTextAsync(Path.Combine(_bench.Out, "_temporary", "lock"), "");
        _bench.Scan.AddMany(10);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        CheckFile(Assert.Single(_bench.Manifest().Files));
        Assert.Equal(["interval=20251122T000000"], _bench.Visible());
    }

    [Fact]
    public async Task Two_exports_do_not_write_to_one_directory()
    {
        _bench.Scan.AddMany(10);
        using (ExportDirectory.Open(_bench.Out))
        {
            Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync());
        }

        Assert.Contains("If another export is running there, wait for its end", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
    }

    [Fact]
    public async Task A_directory_that_was_not_exported_is_left_alone()
    {
        var file = Path.Combine(Directory.CreateDirectory(_bench.Day1Directory).FullName, "mine.parquet");
        await File.WriteAllTextAsync(file, "mine");
        _bench.Scan.AddMany(10);
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--overwrite"));
        Assert.Contains("was not exported by this command", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("_temporary")]
    [InlineData("interval=20251122T000000")]
    public async Task A_link_in_place_of_a_directory_is_refused_and_what_it_points_to_stays(string name)
    {
        using var victim = new TemporaryDirectory();
        var precious = Path.Combine(Directory.CreateDirectory(Path.Combine(victim.Path, "interval=20251122T000000")).FullName, "part-00000.parquet");
        await File.WriteAllTextAsync(precious, "precious");
        Directory.CreateDirectory(_bench.Out);
        Directory.CreateSymbolicLink(Path.Combine(_bench.Out, name), name == "_temporary" ? victim.Path : Path.GetDirectoryName(precious)!);
        _bench.Scan.AddMany(10);
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--overwrite"));
        Assert.Contains("is a link", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(precious));
    }

    [Fact]
    public async Task What_no_export_has_made_is_not_deleted()
    {
        _bench.Scan.AddMany(10);
        var (kept, foreign) = (Path.Combine(_bench.Out, "_temporary", "mine"), Path.Combine(_bench.Out, "_temporary", "interval=20251122T000000", "mine.txt"));
        Directory.CreateDirectory(kept);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.True(Directory.Exists(kept));
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        await File.WriteAllTextAsync(foreign, "mine");
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--overwrite"));
        Assert.Contains("was not made by an export", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(foreign));
    }

    [Fact]
    public async Task An_export_of_another_range_is_replaced_only_when_told_to()
    {
        _bench.Scan.AddMany(10);
        await _bench.ExportDayAsync();
        string[] part = ["export", "--from", "20251122", "--to", "20251122T12", "--out", _bench.Out];
        Assert.Equal(ExitCodes.Failed, await _bench.Run.RunAsync(part));
        Assert.Contains("Replace it with --overwrite", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await _bench.Run.RunAsync([.. part, "--overwrite"]));
        Assert.Equal("20251122T120000000000000000", _bench.Manifest().To);
    }

    [Fact]
    public async Task An_export_in_another_format_is_left_alone()
    {
        _bench.Scan.AddMany(10);
        await _bench.ExportDayAsync();
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--format", "ndjson", "--overwrite"));
        Assert.Equal([ExportManifest.FileName, "part-00000.parquet"], ExportBench.FilesOf(_bench.Day1Directory));
    }
}
