using AllData.Replication;
using AllData.Tests.Unit.Reading;

namespace AllData.Tests.Unit.Coordination;

public sealed class LateTakersTests
{
    private readonly FakePeer[] _peers = [.. "abc".Select(static name => new FakePeer(name.ToString()))];
    private int _asked;

    public LateTakersTests() => Array.ForEach(_peers, peer => peer.BeforeBuckets = Count);

    [Fact]
    public async Task Where_all_peers_take_late_events_they_are_asked_once()
    {
        await using var bench = await ScanBench.StartAsync(_peers);
        var takers = bench.CreateLateTakers();

        Assert.True(await takers.AllTakeAsync(bench.Live));
        Assert.True(await takers.AllTakeAsync(bench.Live));
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task While_one_peer_is_of_an_earlier_version_late_events_are_stored_as_before()
    {
        await using var bench = await ScanBench.StartAsync(_peers);
        var takers = bench.CreateLateTakers();
        _peers[1].TakesLate = false;
        Assert.False(await takers.AllTakeAsync(bench.Live));

        _peers[1].TakesLate = true;
        Assert.False(await takers.AllTakeAsync(bench.Live));
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(await takers.AllTakeAsync(bench.Live));
        Assert.Equal(4, _asked);
    }

    [Fact]
    public async Task A_silent_peer_does_not_keep_events_from_being_late_and_is_asked_again()
    {
        await using var bench = await ScanBench.StartAsync(_peers);
        var takers = bench.CreateLateTakers();
        _peers[2].BeforeBuckets = static _ => throw new TimeoutException("It does not answer.");
        Assert.True(await takers.AllTakeAsync(bench.Live));

        (_peers[2].BeforeBuckets, _peers[2].TakesLate) = (Count, false);
        Assert.True(await takers.AllTakeAsync(bench.Live));
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await takers.AllTakeAsync(bench.Live));
    }

    [Fact]
    public async Task A_peer_that_said_that_it_takes_none_is_believed_while_it_is_silent()
    {
        await using var bench = await ScanBench.StartAsync(_peers);
        var takers = bench.CreateLateTakers();
        _peers[1].TakesLate = false;
        Assert.False(await takers.AllTakeAsync(bench.Live));

        _peers[1].BeforeBuckets = static _ => throw new TimeoutException("It is restarting.");
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(await takers.AllTakeAsync(bench.Live));
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await takers.AllTakeAsync(bench.Live));
    }

    private Task Count(BucketRange range)
    {
        Assert.NotNull(range.Late);
        _asked++;
        return Task.CompletedTask;
    }
}
