using System.Collections.Immutable;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Links;

/// <summary>
/// The regions of this cluster that another cluster of the store has dropped, while a further one may still go on with them. Their peers are in no plan of the
/// store soon: so what is put here is stored only with a copy elsewhere, and no cluster that has dropped them is owed one.
/// </summary>
/// <param name="names">The regions; at least one.</param>
/// <param name="word">What the other cluster says.</param>
internal sealed class LeavingRegions(ImmutableArray<string> names, ClusterDrop word)
{
    /// <summary>What the other cluster says.</summary>
    public ClusterDrop Word => word;

    /// <summary>Whether a region is one of them.</summary>
    public bool Contains(string region) => names.Contains(region);

    /// <summary>Whether one of the peers lies in none of them: its copy stays in the store.</summary>
    /// <param name="layout">Numbers the regions.</param>
    /// <param name="peers">Indexes of peers.</param>
    public bool AreLeftBy(TopologyLayout layout, ReadOnlySpan<int> peers)
    {
        foreach (var peer in peers)
        {
            if (!Covers(layout, layout.RegionOfPeer(peer)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether one of the holders of an event lies in none of them.</summary>
    public bool AreLeftBy(ImmutableArray<Replica> holders)
    {
        foreach (var holder in holders)
        {
            if (!Contains(holder.Location.Region))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A peer of each of them that has any: a search for a region that has none of these peers finds one that stays.</summary>
    public ImmutableArray<int> Representatives(Topology topology)
    {
        var found = ImmutableArray.CreateBuilder<int>(names.Length);
        foreach (var name in names)
        {
            var region = topology.Layout.FindRegion(name);
            for (var peer = 0; region >= 0 && peer < topology.Count; peer++)
            {
                if (topology.Layout.RegionOfPeer(peer) == region)
                {
                    found.Add(peer);
                    break;
                }
            }
        }

        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(" and ", names);

    private bool Covers(TopologyLayout layout, int region)
    {
        foreach (var name in names)
        {
            if (layout.FindRegion(name) == region)
            {
                return true;
            }
        }

        return false;
    }
}
