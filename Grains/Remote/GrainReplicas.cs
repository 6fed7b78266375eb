using System.Collections.Concurrent;
using AllData.Configuration;
using AllData.Peers;
using Orleans.Runtime;

namespace AllData.Remote;

/// <summary>
/// The replicas of the peers that silos of this Orleans cluster host. The only code here that knows of replica grains. Safe for several threads.
/// </summary>
internal sealed class GrainReplicas(IGrainFactory grains, DeadlineOptions deadlines, TimeProvider time) : IReplicas
{
    // More peers than a cluster has, so that changing names do not fill the memory.
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<PeerId, GrainReplica> _kept = new();

    /// <inheritdoc/>
    public IReplica Of(PeerId peer) => _kept.TryGetValue(peer, out var replica) ? replica : Create(peer);

    /// <inheritdoc/>
    public CallFailure FailureOf(Exception thrown) => thrown switch
    {
        TimeoutException => CallFailure.Silent,
        OrleansException or IOException => CallFailure.Unreachable,
        _ => CallFailure.Failed,
    };

    private GrainReplica Create(PeerId peer)
    {
        var replica = new GrainReplica(grains.GetReplica(peer), deadlines, time);
        _ = _kept.Count < MostKept && _kept.TryAdd(peer, replica);
        return replica;
    }
}
