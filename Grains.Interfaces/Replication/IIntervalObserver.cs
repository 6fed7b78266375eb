using AllData.Intervals;
using AllData.Peers;
using Orleans.Concurrency;

namespace AllData.Replication;

/// <summary>An interval was closed at a replica: batch jobs may read it there.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Closed">The interval, with file, counts and digest sum; provisional until it is sealed.</param>
[GenerateSerializer, Immutable, Alias("AllData.IntervalClosed")]
public sealed record IntervalClosed([property: Id(0)] PeerId Peer, [property: Id(1)] StoredInterval Closed);

/// <summary>
/// Receives the intervals that a replica closes. Subscribe with <see cref="IReplicaStorageGrain.Subscribe"/>, and again within its bound: a
/// subscription lapses, so that applications that are gone are not called forever. Calls are one way and may be lost;
/// <see cref="IReplicaStorageGrain.GetIntervals"/> always tells the state.
/// </summary>
[Alias("AllData.IIntervalObserver")]
public interface IIntervalObserver : IGrainObserver
{
    /// <summary>An interval was closed.</summary>
    [Alias("OnIntervalClosed"), OneWay]
    Task OnIntervalClosed(IntervalClosed closed);
}
