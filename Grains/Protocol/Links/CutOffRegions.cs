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

    /// <summary>Whether there are any.</summary>
    public bool Any => All.Length > 0;

    /// <summary>What a put needs to know of the regions; null where the store has one cluster.</summary>
    /// <param name="cutOff">The regions that are cut off.</param>
    /// <param name="hasOthers">Whether the store has other clusters.</param>
    public static CutOffRegions? Of(ImmutableArray<CutOffRegion> cutOff, bool hasOthers) =>
        cutOff.Length > 0 ? new CutOffRegions(cutOff) : hasOthers ? None : null;

    /// <summary>Whether a region is one of them.</summary>
    public bool Contains(string region)
    {
        foreach (var cutOff in All)
        {
            if (cutOff.Region == region)
            {
                return true;
            }
        }

        return false;
    }
}
