using System.Collections.Immutable;

namespace AllData.Protocol.Links;

/// <summary>
/// The regions that puts do not go to now, of a store of several clusters. For a store of one cluster there is no instance: its puts have nothing to say of
/// regions.
/// </summary>
/// <param name="All">The regions; empty while all can be reached.</param>
internal sealed record CutOffRegions(ImmutableArray<CutOffRegion> All)
{
    private static readonly CutOffRegions None = new([]);

    /// <summary>The regions of this cluster that another one has dropped; null where none has.</summary>
    public LeavingRegions? Leaving { get; init; }

    /// <summary>Whether there are any.</summary>
    public bool Any => All.Length > 0;

    /// <summary>What a put needs to know of the regions; null where the store has one cluster.</summary>
    /// <param name="cutOff">The regions that are cut off.</param>
    /// <param name="hasOthers">Whether the store has other clusters.</param>
    /// <param name="leaving">The regions of this cluster that another one has dropped; null where none has.</param>
    public static CutOffRegions? Of(ImmutableArray<CutOffRegion> cutOff, bool hasOthers, LeavingRegions? leaving = null) =>
        cutOff.Length > 0 || leaving is not null ? new CutOffRegions(cutOff) { Leaving = leaving } : hasOthers ? None : null;

    /// <summary>Whether a region is one of them.</summary>
    public bool Contains(string region) => Find(region) is not null;

    /// <summary>Whether a region is one of them and gets what it misses once it can be reached again.</summary>
    public bool IsOwed(string region) => Find(region) is { HasDropped: false };

    private CutOffRegion? Find(string region)
    {
        foreach (var cutOff in All)
        {
            if (cutOff.Region == region)
            {
                return cutOff;
            }
        }

        return null;
    }
}
