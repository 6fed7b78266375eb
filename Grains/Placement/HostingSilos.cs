using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AllData.Peers;
using AllData.Remote;

namespace AllData.Placement;

/// <summary>
/// Which silo hosts a peer now, as far as this silo knows: the active silo that bears the peer's name. Answers from the silo-local view of
/// the cluster, without waiting.
/// </summary>
internal sealed class HostingSilos(IClusterMembershipService membership) : IHostingSilos
{
    private Index? _index;

    /// <inheritdoc/>
    public IReadOnlyCollection<PeerId> Alive => Present().Keys;

    /// <inheritdoc/>
    public bool IsAlive(PeerId peer) => Present().ContainsKey(peer);

    /// <summary>False when no active silo hosts the peer.</summary>
    public bool TryFind(PeerId peer, [NotNullWhen(true)] out SiloAddress? silo) => Present().TryGetValue(peer, out silo);

    /// <summary>
    /// Another active silo of the peer, or null. One at the same endpoint does not count: it is an earlier process whose port the present one has.
    /// </summary>
    public SiloAddress? FindOther(PeerId peer, SiloAddress self) => membership.CurrentSnapshot.Members.Values
        .FirstOrDefault(m => m.Status == SiloStatus.Active && m.Name == peer.Value && !m.SiloAddress.Endpoint.Equals(self.Endpoint))
        ?.SiloAddress;

    private FrozenDictionary<PeerId, SiloAddress> Present()
    {
        var snapshot = membership.CurrentSnapshot;
        var index = _index;
        if (index?.Snapshot != snapshot)
        {
            // Two threads may both build it; the results are the same, and whichever is kept is right.
            _index = index = new Index(snapshot, Build(snapshot));
        }

        return index.Silos;
    }

    private static FrozenDictionary<PeerId, SiloAddress> Build(ClusterMembershipSnapshot snapshot)
    {
        var silos = new Dictionary<PeerId, SiloAddress>();
        foreach (var member in snapshot.Members.Values)
        {
            if (member.Status != SiloStatus.Active || !PeerId.TryParse(member.Name, out var peer))
            {
                continue;
            }

            // After a restart on another port the predecessor stays active until it is found dead: the later generation is the living one.
            if (!silos.TryGetValue(peer, out var other) || member.SiloAddress.Generation > other.Generation)
            {
                silos[peer] = member.SiloAddress;
            }
        }

        return silos.ToFrozenDictionary();
    }

    private sealed record Index(ClusterMembershipSnapshot Snapshot, FrozenDictionary<PeerId, SiloAddress> Silos);
}
