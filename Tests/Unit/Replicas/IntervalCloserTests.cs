using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Clocks;
using AllData.Replicas;
using AllData.Simulation.Running;
using AllData.Storage;
using AllData.Storage.Opening;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Unit.Replicas;

public sealed class IntervalCloserTests
{
    private static readonly Interval First = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly SteppedTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon));
    private readonly ClusterClock _clock;
    private readonly List<Interval> _closed = [];

    public IntervalCloserTests() => _clock = new ClusterClock(new AllDataOptions { IntervalLength = TimeSpan.FromHours(1) }, _time);

    [Fact]
    public async Task An_interval_is_closed_only_when_it_is_older_than_the_previous_one_and_the_delay_is_over()
    {
        var delay = new MaintenanceOptions().CloseDelay;
        _time.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(First.Next.EndUnixMilliseconds) + delay - TimeSpan.FromMilliseconds(1));
        await LookAsync(Open(First), Open(First.Next));
        Assert.Empty(_closed);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await LookAsync(Open(First), Open(First.Next));
        Assert.Equal([First], _closed);
    }

    [Fact]
    public async Task An_interval_that_is_closed_is_left_alone()
    {
        _time.Advance(TimeSpan.FromDays(1));
        await LookAsync(Open(First) with { State = IntervalState.Closed }, Open(First.Next));
        Assert.Equal([First.Next], _closed);
    }

    [Fact]
    public async Task An_interval_that_cannot_be_closed_does_not_keep_those_after_it_open()
    {
        _time.Advance(TimeSpan.FromDays(1));
        await LookAsync(Open(First) with { Damage = "Its file is gone." }, Open(First.Next));
        Assert.Equal([First.Next], _closed);
    }

    [Fact]
    public async Task An_interval_that_only_the_own_clock_calls_over_stays_open()
    {
        // The other silos' clocks go on from noon, however far this one's is set ahead.
        _clock.Take([new ClockSample(PeerId.Parse("other"), new ClockReading(TestBlocks.Noon, 3_600_000), _clock.Monotonic, _clock.Monotonic)],
            [PeerId.Parse("other")]);
        _time.Ahead = TimeSpan.FromDays(3);

        await LookAsync(Open(First), Open(First.Next));

        Assert.Empty(_closed);
    }

    private static StoredInterval Open(Interval interval) => new(interval, IntervalState.Open, 1, 1, 1, default, "a file", Damage: null);

    private async Task LookAsync(params StoredInterval[] held)
    {
        var options = Options.Create(new AllDataOptions { IntervalLength = TimeSpan.FromHours(1) });
        await using var peer = new HostedPeer(
            options, new ReplicaStoreFactory(options.Value.Storage, minFreeBytes: 0, StorageSeams.None, _time, NullLoggerFactory.Instance),
            ConfiguredFederation.None, _time, NullLoggerFactory.Instance, NullLogger<HostedPeer>.Instance);
        var keeper = new IntervalCloser(
            peer, _clock, new IntervalObservers(NullLogger<IntervalObservers>.Instance), options,
            new ReplicaInstruments(Meters.Unheard), _time, NullLogger<IntervalCloser>.Instance);
        await keeper.CloseDueAsync(StoreOf(held), CancellationToken.None);
    }

    private IReplicaStore StoreOf(StoredInterval[] held) => GrainStub.Of<IReplicaStore>((method, args) => method.Name switch
    {
        nameof(IReplicaStore.DescribeIntervalsAsync) => Task.FromResult(held.ToImmutableArray()),
        _ => CloseAsync(held.Single(h => h.Interval == (Interval)args[0]!)),
    });

    private Task<StoredInterval?> CloseAsync(StoredInterval stored)
    {
        if (stored.Damage is { } damage)
        {
            return Task.FromException<StoredInterval?>(new ReplicaStoreException(damage));
        }

        _closed.Add(stored.Interval);
        return Task.FromResult<StoredInterval?>(stored with { State = IntervalState.Closed });
    }
}
