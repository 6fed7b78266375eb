using System.Text.Json;
using AllData.Client.Commands;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class BenchScanTests
{
    private readonly ClientRun _run = new();
    private readonly FakeScan _scan = new FakeScan().AddMany(10);
    private readonly List<ScanRange> _ranges = [];

    public BenchScanTests() => _run.Store.OnScan = range =>
    {
        _ranges.Add(range);
        return _scan.Read(range);
    };

    [Fact]
    public async Task The_range_is_read_so_many_times()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("bench", "scan", "--from", "20251122", "--rounds", "2", "--json"));
        var scans = JsonElement.Parse(_run.Output).EnumerateArray().ToArray();
        Assert.Equal([10L, 10L], scans.Select(static s => s.GetProperty("events").GetInt64()));
        Assert.All(scans, static s => Assert.True(s.GetProperty("events_per_second").GetDouble() > 0));
        Assert.All(_ranges, static range => Assert.NotNull(range.From));
    }

    [Fact]
    public async Task A_scan_is_given_up_when_its_time_is_over()
    {
        _scan.BeforePage = _ =>
        {
            for (var i = 0; i < 150; i++)
            {
                _run.Time.GetTimestamp();
            }

            return Task.CompletedTask;
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("bench", "scan", "--rounds", "1", "--seconds", "0.1", "--json"));
        Assert.Equal(3, JsonElement.Parse(_run.Output)[0].GetProperty("events").GetInt32());
    }

    [Fact]
    public async Task A_scan_in_doubt_is_told()
    {
        _scan.Doubts = [FakeScan.Doubt("north-a")];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("bench", "scan", "--rounds", "1"));
    }
}
