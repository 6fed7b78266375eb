using AllData.Configuration;
using AllData.Membership;
using AllData.Protocol;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>The silo's pool of copysets, and its chance.</summary>
internal sealed class Copysets(HostedPeer hostedPeer, IOptions<AllDataOptions> options)
{
    private readonly CopysetPool _pool = new(
        new PlacementPolicy
        {
            ReplicationFactor = options.Value.Replication.Factor,
            OtherZoneReplicas = options.Value.Replication.OtherZoneReplicas,
            OtherRegionReplicas = options.Value.Replication.OtherRegionReplicas,
            AllowUnderReplicated = options.Value.Replication.AllowUnderReplicated,
        },
        new LocalPeer(hostedPeer.Id, hostedPeer.Location),
        options.Value.Replication.Copysets);

    /// <summary>The one source of chance of this silo's placement. Safe for many threads.</summary>
    public Random Random { get; } = Random.Shared;

    /// <summary>The copyset for the next block.</summary>
    /// <exception cref="Errors.NotEnoughPeersException">Fewer storing peers are registered than replicas asked for.</exception>
    public PlacedCopyset Next(Topology topology) => _pool.Next(topology, Random);
}
