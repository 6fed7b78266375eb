using System.Collections.Concurrent;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>The life of an interval in a cluster whose clock is set ahead.</summary>
public sealed class IntervalTests : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly ShiftedTime _time = new();
    private AllDataCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await AllDataCluster.StartAsync(
        AllDataCluster.Six[..3],
        (_, options) =>
        {
            options.IntervalLength = Length;
            options.Maintenance.CloseCheck = TimeSpan.FromMilliseconds(100);

            // The clock is set ahead here, which otherwise makes closing wait.
            options.Maintenance.ClockTrust = TimeSpan.FromMilliseconds(1);
        },
        _time);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task An_interval_is_closed_at_every_replica_and_whoever_subscribed_is_told()
    {
        var observer = await SubscribeAsync();
        var receipt = await PutAsync("""{"n":1}""");
        var interval = Interval.Containing(receipt.Key.UnixMilliseconds, Length);
        Assert.All(await IntervalsAsync(), i => Assert.Equal(IntervalState.Open, i.State));

        _time.Advance(3 * Length);
        await Eventually.Holds(
            "waiting until three replicas have told of the closed interval", Bound, () => observer.Closed.Count >= 3, () => $"{observer.Closed.Count}");

        Assert.Equal(["north-a", "north-b", "west-c"], observer.Closed.Select(c => c.Peer.Value).Order());
        Assert.All(observer.Closed,
            c => Assert.Equal((interval, IntervalState.Closed, 1L, 1L), (c.Closed.Interval, c.Closed.State, c.Closed.Blocks, c.Closed.Events)));
        Assert.Single(observer.Closed.Select(c => c.Closed.DigestSum).Distinct());
        Assert.All(observer.Closed, c => Assert.True(File.Exists(c.Closed.Location), c.Closed.Location));
        Assert.All(await IntervalsAsync(), i => Assert.Equal(IntervalState.Closed, i.State));
    }

    [Fact]
    public async Task A_closed_interval_is_read_and_takes_no_new_events_but_knows_those_that_it_has()
    {
        var observer = await SubscribeAsync();
        var receipt = await PutAsync("""{"n":1}""");
        _time.Advance(3 * Length);
        await Eventually.Holds("waiting until the interval is closed", Bound, () => observer.Closed.Count >= 3, () => $"{observer.Closed.Count}");
        await PutAsync("""{"n":2}""");

        var coordinator = _cluster.Client.GetPutCoordinator();
        Assert.Equal(PutOutcome.AlreadyStored, (await coordinator.Put(receipt.Key, EventPayload.FromText("""{"n":1}"""))).Outcome);
        await Assert.ThrowsAsync<KeyConflictException>(() => coordinator.Put(receipt.Key, EventPayload.FromText("""{"n":3}""")));
        await Assert.ThrowsAsync<InvalidKeyException>(() => coordinator.Put(receipt.Key.GetSuccessor(), EventPayload.FromText("""{"n":3}""")));
        var scan = _cluster.Client.CreateEventReader().Scan(ScanRange.All);
        var count = 0;
        await foreach (var _ in scan)
        {
            count++;
        }

        Assert.Equal((2, true), (count, scan.Outcome.IsComplete));
    }

    private Task<PutReceipt> PutAsync(string json) =>
        _cluster.Client.GetPutCoordinator().Put(EventPayload.FromText(json), new PutOptions { Level = CommitLevel.All });

    private async Task<List<StoredInterval>> IntervalsAsync()
    {
        var intervals = new List<StoredInterval>();
        foreach (var peer in AllDataCluster.Six[..3])
        {
            intervals.AddRange(await _cluster.Client.GetReplica(PeerId.Parse(peer.Id)).GetIntervals());
        }

        return intervals;
    }

    private async Task<Observer> SubscribeAsync()
    {
        var observer = new Observer();
        var reference = _cluster.Client.CreateObjectReference<IIntervalObserver>(observer);
        foreach (var peer in AllDataCluster.Six[..3])
        {
            await _cluster.Client.GetReplica(PeerId.Parse(peer.Id)).Subscribe(reference);
        }

        return observer;
    }

    private sealed class Observer : IIntervalObserver
    {
        public ConcurrentQueue<IntervalClosed> Closed { get; } = new();

        public Task OnIntervalClosed(IntervalClosed closed)
        {
            Closed.Enqueue(closed);
            return Task.CompletedTask;
        }
    }
}
