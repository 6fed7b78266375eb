using AllData.Configuration;
using AllData.Membership;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>The silo's pool of copysets, as the options want them.</summary>
internal sealed class Copysets(ICoordinatingPeer peer, IOptions<AllDataOptions> options, Random random) : ICopysets
{
    private readonly CopysetPool _pool = new(
        options.Value.Replication.ToPolicy(),
        new LocalPeer(peer.Id, peer.Location),
        options.Value.Replication.Copysets);

    /// <inheritdoc/>
    public Random Random => random;

    /// <inheritdoc/>
    public PlacedCopyset Next(Topology topology) => _pool.Next(topology, random);
}
