namespace AllData.Protocol;

/// <summary>How far a growing set of distinct peers reaches. For the rare question whether all spares together would be enough.</summary>
internal sealed class DomainReach
{
    private readonly TopologyLayout _layout;
    private readonly HashSet<int> _zones = [];
    private readonly HashSet<int> _regions = [];
    private int _peers;

    public DomainReach(TopologyLayout layout, ReadOnlySpan<int> peers)
    {
        _layout = layout;
        foreach (var peer in peers)
        {
            Add(peer);
        }
    }

    /// <summary>Adds a peer that is not in the set.</summary>
    public void Add(int peer)
    {
        _peers++;
        _zones.Add(_layout.ZoneOfPeer(peer));
        _regions.Add(_layout.RegionOfPeer(peer));
    }

    public bool Meets(CommitRequirement requirement) => requirement.IsMetBy(_peers, _zones.Count, _regions.Count);
}
