using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Put;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class PutFileTests : IDisposable
{
    private readonly ClientRun _run = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("alldata-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Every_line_of_a_file_is_stored_and_the_counts_say_so()
    {
        var code = await _run.RunAsync("put", "--file", Write("in", "{\"n\":1}\r\n\r\n{\"n\":2}\n{\"n\":3}"), "--level", "all", "--json");
        Assert.Equal(ExitCodes.Done, code);
        Assert.DoesNotContain("Line", _run.Error, StringComparison.Ordinal);
        Assert.Equal(["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"], _run.Store.Events.Values.Select(e => e.ToString()).Order());
        Assert.All(_run.Store.Options, options => Assert.Equal(CommitLevel.All, options!.Level));
        var result = JsonElement.Parse(_run.Output);
        Assert.Equal((3, 3, 0), (Count(result, "read"), Count(result, "stored"), Count(result, "alreadyStored")));
        Assert.Equal((0, 0), (Count(result, "failed"), Count(result, "retried")));
        Assert.Equal(3, Count(result.GetProperty("adherence"), "strict"));
        Assert.True(result.GetProperty("eventsPerSecond").GetDouble() >= 0);
        Assert.False(result.GetProperty("interrupted").GetBoolean());
    }

    [Fact]
    public async Task The_standard_input_is_read_line_by_line()
    {
        _run.Input = "\uFEFF{\"n\":1}\n{\"n\":2}\n"u8.ToArray();
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", "-"));
        Assert.Equal(2, _run.Store.Events.Count);
        Assert.StartsWith("2 read: 2 stored, 0 already stored, 0 failed; 0 retried", _run.Output, StringComparison.Ordinal);
        Assert.Contains("adherence: 2 strict, 0 relaxed, 0 under-replicated", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_lines_are_named_by_number_and_kept_unchanged()
    {
        var good = Encoding.UTF8.GetBytes("{\"ok\":1}\n");
        var broken = Encoding.UTF8.GetBytes("{broken}\r\n");
        byte[] notUtf8 = [(byte)'"', 0xFF, (byte)'"', (byte)'\n'];
        byte[] tooLong = [.. Enumerable.Repeat((byte)' ', FileLoadOptions.UsualMaxLineBytes), (byte)'1', (byte)'\n'];
        var refused = Encoding.UTF8.GetBytes("{\"refuse\": true}");
        RefuseMarked();
        var input = Write("in", [.. good, .. broken, (byte)'\n', .. notUtf8, .. tooLong, .. refused]);
        var rejects = Path.Combine(_directory.FullName, "rejects");

        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "--file", input, "--rejects", rejects));

        byte[] kept = [.. broken, .. notUtf8, .. tooLong, .. refused, (byte)'\n'];
        Assert.Equal(kept, await File.ReadAllBytesAsync(rejects));
        Assert.Contains("Line 2: It is not JSON", _run.Error, StringComparison.Ordinal);
        Assert.Contains("Line 4: It is not valid UTF-8 (byte 2).", _run.Error, StringComparison.Ordinal);
        Assert.Contains("Line 5: It is longer than 1,048,576 bytes.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("Line 6: Refused.", _run.Error, StringComparison.Ordinal);
        Assert.StartsWith("5 read: 1 stored, 0 already stored, 4 failed", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_may_be_stored_is_not_among_the_rejects_and_is_named_with_its_key()
    {
        var calls = 0;
        _run.Store.OnPutMany = batch => Task.FromResult(PackedResults.Of(FakeStore.Read(batch).Select(e => new PutResult(null, calls++ == 0
            ? new PutOutcomeUnknownException("The deadline passed.", [], [], e.Key)
            : new OverloadedException("Busy.", TimeSpan.FromMilliseconds(10), e.Key)))));
        var rejects = Path.Combine(_directory.FullName, "rejects");
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "--file", Write("in", "{\"n\":1}\n"), "--rejects", rejects));
        Assert.False(File.Exists(rejects), "A reject is put again under a new key: the event would be stored twice.");
        var key = FakeStore.Read(_run.Store.Batches.First())[0].Key;
        Assert.Contains(key.ToString(), _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_may_be_stored_is_put_again_under_its_key_and_stored_once()
    {
        var rejects = Path.Combine(_directory.FullName, "rejects");
        _run.Store.OnPutMany = batch =>
        {
            _run.Store.StoreAll(batch);
            return Task.FromException<PutResults>(new TimeoutException("No answer."));
        };
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "--file", Write("in", "{\"n\":1}\n2\n"), "--rejects", rejects));
        Assert.Contains("2 of unknown outcome", _run.Output, StringComparison.Ordinal);
        Assert.Contains($"{rejects}.unknown. Put that file with --keyed", _run.Error, StringComparison.Ordinal);
        _run.Store.OnPutMany = batch => Task.FromResult(_run.Store.StoreAll(batch));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", rejects + ".unknown", "--keyed"));
        Assert.StartsWith("2 read: 0 stored, 2 already stored, 0 failed; ", _run.Output, StringComparison.Ordinal);
        Assert.Equal(["2", "{\"n\":1}"], _run.Store.Events.Values.Select(static e => e.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_of_gzip_is_put_like_its_text()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 1_000).Select(static n => $"{n}\n"))));
        }

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", Write("in.gz", packed.ToArray())));
        Assert.Equal(1_000, _run.Store.Events.Count);
        _run.Input = packed.ToArray();
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", "-"));
        Assert.Equal(2_000, _run.Store.Events.Count);
    }

    [Fact]
    public async Task A_file_of_gzip_that_is_cut_off_is_put_up_to_there_and_told_once()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 100_000).Select(static n => $"{n}\n"))));
        }

        var broken = packed.ToArray();
        broken.AsSpan(broken.Length / 2, 2_000).Fill(0xFF);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "--file", Write("in.gz", broken)));
        Assert.Contains("The input cannot be read beyond line", _run.Error, StringComparison.Ordinal);
        Assert.InRange(_run.Store.Events.Count, 1, 99_999);
    }

    [Theory]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3 }, "zstd -dc")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x31, 0x00, 0x0A, 0x00 }, "UTF-16")]
    public async Task What_is_neither_text_nor_gzip_is_refused_once_with_the_way_out(byte[] bytes, string part)
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("put", "--file", Write("in", bytes)));
        Assert.Contains(part, _run.Error, StringComparison.Ordinal);
        Assert.Single(_run.Error.Trim().Split('\n'));
        Assert.Null(_run.Address);
    }

    [Fact]
    public async Task A_larger_event_that_the_store_takes_is_put()
    {
        var limits = _run.Store.OnDescribe();
        _run.Store.OnDescribe = () => limits with { MaxEventBytes = 3 << 20 };
        var large = $"\"{new string('x', 2 << 20)}\"";
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", Write("in", large + "\n")));
        Assert.Equal(large.Length, Assert.Single(_run.Store.Events).Value.Length);
        _run.Input = Encoding.UTF8.GetBytes(large);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "-"));
    }

    [Theory]
    [InlineData("--rejects")]
    [InlineData("--receipts")]
    [InlineData("--unknown")]
    public async Task On_a_full_disk_only_what_is_so_is_said(string option)
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        var calls = 0;
        _run.Store.OnPutMany = batch => calls++ == 0 && option == "--unknown"
            ? Task.FromResult(PackedResults.Of(FakeStore.Read(batch).Select(static e => new PutResult(null,
                new CommitLevelNotReachedException("One.", 2, [], [], e.Key)))))
            : option == "--unknown" ? Task.FromException<PutResults>(new TimeoutException()) : Task.FromResult(_run.Store.StoreAll(batch));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("put", "--file", Write("in", option == "--rejects" ? "bad\n1\n" : "1\n"), option, "/dev/full"));
        Assert.Contains("/dev/full", _run.Error, StringComparison.Ordinal);
        Assert.Contains("No space left", _run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("put that file", _run.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Rejects_can_be_put_again()
    {
        RefuseMarked();
        var rejects = Path.Combine(_directory.FullName, "rejects");
        await _run.RunAsync("put", "--file", Write("in", "{\"refuse\":1}\n{\"ok\":1}\n{\"refuse\":2}\n"), "--rejects", rejects);
        _run.Store.OnPutMany = batch => Task.FromResult(_run.Store.StoreAll(batch));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", rejects));
        Assert.Equal(["{\"ok\":1}", "{\"refuse\":1}", "{\"refuse\":2}"], _run.Store.Events.Values.Select(e => e.ToString()).Order());
    }

    [Fact]
    public async Task No_rejects_file_is_made_when_nothing_failed()
    {
        var rejects = Path.Combine(_directory.FullName, "rejects");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", Write("in", "1\n"), "--rejects", rejects));
        Assert.False(File.Exists(rejects));
    }

    [Fact]
    public async Task The_first_twenty_failures_are_shown_and_all_are_counted()
    {
        var code = await _run.RunAsync("put", "--file", Write("in", string.Concat(Enumerable.Repeat("bad\n", 100))), "--json");
        var shown = _run.Error.Split('\n').Count(static line => line.StartsWith("Line ", StringComparison.Ordinal));
        Assert.Equal((ExitCodes.Failed, 20), (code, shown));
        Assert.Equal(100, Count(JsonElement.Parse(_run.Output), "failed"));
    }

    [Fact]
    public async Task Receipts_name_line_key_outcome_and_holders()
    {
        var receipts = Path.Combine(_directory.FullName, "receipts");
        await _run.RunAsync("put", "--file", Write("in", "1\n\n2\n"), "--receipts", receipts);
        var lines = (await File.ReadAllLinesAsync(receipts)).Order().ToArray();
        var keys = _run.Store.Events.OrderBy(e => e.Value.ToString(), StringComparer.Ordinal).Select(e => e.Key).ToArray();
        Assert.Equal(
            [
                $$"""{"line":1,"key":"{{keys[0]}}","outcome":"stored","adherence":"strict","replicas":["north-a"]}""",
                $$"""{"line":3,"key":"{{keys[1]}}","outcome":"stored","adherence":"strict","replicas":["north-a"]}""",
            ],
            lines);
    }

    [Fact]
    public async Task A_gateway_that_is_lost_midway_fails_no_line()
    {
        var calls = 0;
        _run.Store.OnPutMany = batch => Interlocked.Increment(ref calls) % 3 == 0
            ? Task.FromException<PutResults>(new TimeoutException("No answer."))
            : Task.FromResult(_run.Store.StoreAll(batch));
        var input = Write("in", string.Concat(Enumerable.Range(1, 500).Select(n => $"{n}\n")));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("put", "--file", input, "--batch", "10"));
        Assert.Equal(500, _run.Store.Events.Count);
    }

    [Fact]
    public async Task A_file_that_would_be_overwritten_is_refused_before_the_cluster_is_asked()
    {
        var input = Write("in", "1\n");
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("put", "--file", input, "--rejects", input));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("put", "--file", input, "--receipts", input));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("put", "--file", input, "--rejects", Write("rejects", "of an earlier load\n")));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("put", "--file", Path.Combine(_directory.FullName, "missing")));
        Assert.Null(_run.Address);
        Assert.Equal("1\n", await File.ReadAllTextAsync(input));
    }

    private void RefuseMarked() => _run.Store.OnPutMany = batch => Task.FromResult(PackedResults.Of(
        FakeStore.Read(batch).Select(e => e.Payload.ToString().Contains("refuse", StringComparison.Ordinal)
            ? new PutResult(null, new InvalidEventException("Refused.", e.Key))
            : new PutResult(_run.Store.Store(e.Key, e.Payload), null))));

    private string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static int Count(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
