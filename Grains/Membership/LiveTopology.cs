using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;

namespace AllData.Membership;

/// <summary>A topology and, for each of its peers, whether an active silo hosts it and how it has answered lately.</summary>
internal sealed class LiveTopology(
    Topology topology, int? ownOrdinal, bool[] hosted, ImmutableArray<CutOffRegion> cutOff, PeerHealth health, TimeProvider time) : IPeerAvailability
{
    private readonly AlivePeers _alive = new(topology, index => hosted[index]);

    /// <inheritdoc/>
    public AlivePeers Alive => _alive;

    public Topology Topology => topology;

    /// <summary>The ordinal of this silo's data directory, or null while the registry has not given one.</summary>
    public int? OwnOrdinal => ownOrdinal;

    /// <summary>The regions that puts do not go to now; their peers count as not hosted.</summary>
    public ImmutableArray<CutOffRegion> CutOff => cutOff;

    /// <summary>The regions of this cluster that another one has dropped; null where none has.</summary>
    public LeavingRegions? Leaving { get; init; }

    /// <summary>What a put needs to know of the regions; null where the store has one cluster.</summary>
    /// <param name="hasOthers">Whether the store has other clusters.</param>
    public CutOffRegions? RegionsOf(bool hasOthers) => CutOffRegions.Of(cutOff, hasOthers, Leaving);

    /// <summary>Whether a peer lies in a region that puts do not go to now.</summary>
    public bool IsCutOff(int peerIndex)
    {
        foreach (var region in cutOff)
        {
            if (region.Region == topology[peerIndex].Location.Region)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an active silo hosts a peer, however it has answered lately.</summary>
    public bool IsHosted(int peerIndex) => hosted[peerIndex];

    /// <inheritdoc/>
    public PeerAvailability Of(int peerIndex)
    {
        if (!hosted[peerIndex])
        {
            return PeerAvailability.Dead;
        }

        return health.IsAvoided(topology[peerIndex].Id, time.GetMonotonicMilliseconds())
            ? PeerAvailability.Avoided
            : PeerAvailability.Available;
    }
}
