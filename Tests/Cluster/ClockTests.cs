using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Replicas;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Silos whose clocks differ.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly PeerSpec[] Peers = AllDataCluster.Six[..3];

    private readonly Dictionary<string, ShiftedTime> _clocks = Peers.ToDictionary(p => p.Id, _ => new ShiftedTime());
    private AllDataCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await AllDataCluster.StartAsync(Peers, clocks: peer => _clocks[peer.Id]);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_silo_whose_keys_run_ahead_of_its_clock_calls_nothing_safe_that_is_ahead_of_it()
    {
        var key = (await _cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("before"))).Key;
        await _cluster.CoordinatorOn("north-a").ReserveKeys(1);
        _clocks["north-a"].Advance(TimeSpan.FromSeconds(-20));
        var later = (await _cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("after"))).Key;
        var watermark = await _cluster.Service<KeyIssuer>("north-a").GetLowWatermarkAsync();

        Assert.True(later > key);
        Assert.True(watermark <= EventKey.FirstAt(_clocks["north-a"].GetUtcNow()), $"{watermark} is ahead of the clock.");
    }

    [Fact]
    public async Task A_clock_that_is_days_ahead_closes_no_interval_and_stops_only_the_puts_through_its_own_silo()
    {
        await PutAsync("north-a");
        await AwaitConditionAsync("north-a", puts: null);

        _clocks["north-a"].Advance(TimeSpan.FromDays(3));
        var refused = await Assert.ThrowsAsync<KeysUnavailableException>(() => PutAsync("north-a"));
        Assert.Contains("3:0:00:00 ahead", refused.Message, StringComparison.Ordinal);
        await AwaitConditionAsync("north-a", puts: true);
        await AwaitConditionAsync("north-b", puts: false);
        await CloseDueAsync();
        Assert.All(await PutAsync("north-b"), replica => Assert.Contains(replica.Peer.Value, Peers.Select(p => p.Id)));
        Assert.All(await IntervalsAsync(), interval => Assert.Equal(IntervalState.Open, interval.State));

        // The key lease was not pushed ahead.
        _clocks["north-a"].Advance(TimeSpan.FromDays(-3));
        Assert.Equal(3, (await PutAsync("north-a")).Count);
        await AwaitConditionAsync("north-b", puts: null);
    }

    [Fact]
    public async Task A_replica_whose_clock_is_days_behind_takes_the_events_of_the_others()
    {
        await AwaitConditionAsync("north-a", puts: null);
        _clocks["north-a"].Advance(TimeSpan.FromDays(-5));

        Assert.Equal(3, (await PutAsync("north-b")).Count);
        Assert.Equal(3, (await PutAsync("west-c")).Count);
        await Assert.ThrowsAsync<KeysUnavailableException>(() => PutAsync("north-a"));
    }

    private async Task<List<Replica>> PutAsync(string peer) =>
        [.. (await _cluster.CoordinatorOn(peer).Put(EventPayload.FromText("""{"n":1}"""), new PutOptions { Level = CommitLevel.All })).Replicas];

    /// <summary>Waits until a silo has compared its clock and found this.</summary>
    private Task AwaitConditionAsync(string peer, bool? puts)
    {
        var clock = _cluster.Service<ClusterClock>(peer);
        return Eventually.Holds(
            $"waiting until {peer} says {puts} of clocks that differ", Bound,
            () => clock.IsCompared && clock.Conditions.FirstOrDefault(c => c.Code == "clock-differs")?.StopsPuts == puts,
            () => string.Join(' ', clock.Conditions.Select(c => c.Sentence)));
    }

    private async Task CloseDueAsync()
    {
        foreach (var peer in Peers)
        {
            await _cluster.Service<IntervalCloser>(peer.Id).CloseDueAsync(_cluster.Service<HostedPeer>(peer.Id).Store!, CancellationToken.None);
        }
    }

    private async Task<List<StoredInterval>> IntervalsAsync()
    {
        var intervals = new List<StoredInterval>();
        foreach (var peer in Peers)
        {
            intervals.AddRange(await _cluster.Client.GetReplica(PeerId.Parse(peer.Id)).GetIntervals());
        }

        return intervals;
    }
}
