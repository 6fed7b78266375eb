using AllData.Peers;
using Orleans.Runtime;

namespace AllData.Membership;

/// <summary>Which peers are hosted by an active silo, as this silo's membership view has it. A silo's name is its peer's name.</summary>
internal sealed class SiloDirectory(IClusterMembershipService membership)
{
    /// <summary>Peers that an active silo hosts.</summary>
    public HashSet<PeerId> HostedPeers()
    {
        var hosted = new HashSet<PeerId>();
        foreach (var member in membership.CurrentSnapshot.Members.Values)
        {
            if (member.Status == SiloStatus.Active && PeerId.TryParse(member.Name, out var peer))
            {
                hosted.Add(peer);
            }
        }

        return hosted;
    }

    /// <summary>
    /// Another active silo of that peer, or null. One at the same endpoint does not count: it is an earlier process whose port the present one has.
    /// </summary>
    public SiloAddress? FindOther(PeerId peer, SiloAddress self) => membership.CurrentSnapshot.Members.Values
        .FirstOrDefault(m => m.Status == SiloStatus.Active && m.Name == peer.Value && !m.SiloAddress.Endpoint.Equals(self.Endpoint))
        ?.SiloAddress;

    /// <summary>Changes of membership, the present state first, until cancelled.</summary>
    public IAsyncEnumerable<ClusterMembershipSnapshot> Updates => membership.MembershipUpdates;
}
