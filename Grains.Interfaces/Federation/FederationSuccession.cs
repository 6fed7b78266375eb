using System.Globalization;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>Which document may take the place of which.</summary>
public static class FederationSuccession
{
    /// <summary>Why a document cannot follow the one that is in use: a sentence for each reason, which names both sides. Empty when it can.</summary>
    /// <param name="inUse">The document that is in use.</param>
    /// <param name="next">The document that shall take its place; the same one may, and changes nothing.</param>
    public static IReadOnlyList<string> FaultsOf(FederationDocument inUse, FederationDocument next)
    {
        var faults = new List<string>();
        if (next.Store != inUse.Store)
        {
            faults.Add($"Version {next.Version} is of store {next.Store}, version {inUse.Version}, which is in use, of store {inUse.Store}. A store keeps its "
                + "id: write the store that is in use, and name another id that a cluster had before among the aliases.");
        }

        if (next.IntervalLength != inUse.IntervalLength)
        {
            faults.Add($"Version {next.Version} has intervals of {Show(next.IntervalLength)}, version {inUse.Version}, which is in use, of "
                + $"{Show(inUse.IntervalLength)}. A store keeps its intervalLength.");
        }

        if (next.Version < inUse.Version)
        {
            faults.Add($"Version {next.Version} is lower than version {inUse.Version}, which is in use. Use the newest document, or raise the version above "
                + $"{inUse.Version}.");
        }
        else if (next.Version == inUse.Version && !next.Equals(inUse))
        {
            faults.Add($"Version {next.Version} is in use with another content. Raise the version with every change: to {inUse.Version + 1L} here.");
        }

        faults.AddRange(inUse.Clusters.SelectMany(cluster => Moved(inUse, next, cluster)));
        faults.AddRange(inUse.Clusters.Where(before => !next.Clusters.Any(after => IsSame(before, after))).Select(before =>
            $"Version {next.Version} has no cluster {before}, and version {inUse.Version}, which is in use, has: nothing would be waited for that only its "
            + "peers hold, and its ordinals could be given again. Leave it in; 'alldata region drop' drops what it covers."));
        faults.AddRange(inUse.Clusters.SelectMany(cluster => Undropped(inUse, next, cluster)));
        faults.AddRange(inUse.Clusters.SelectMany(cluster => Revived(inUse, next, cluster)));
        return faults;
    }

    // The first cluster may have given some of them, and the second would give them again.
    private static IEnumerable<string> Moved(FederationDocument inUse, FederationDocument next, FederationCluster before) =>
        from range in before.Ordinals
        from after in next.Clusters
        where !IsSame(before, after)
        from other in after.Ordinals
        where other.Overlaps(range)
        select $"Version {next.Version} gives cluster {after} ordinals {other}, of which version {inUse.Version}, which is in use, has {range} for cluster "
            + $"{before}: it may have given some of them. Give {after} ordinals that no cluster has had.";

    private static IEnumerable<string> Undropped(FederationDocument inUse, FederationDocument next, FederationCluster before) =>
        from dropped in before.Dropped
        let kept = next.Clusters.Where(after => IsSame(before, after)).ToList()
        where kept.Count > 0 && !kept.Exists(after => after.Dropped.Any(again => IsSame(dropped, again)))
        select kept.Exists(after => after.Dropped.Any(again => again.Region == dropped.Region))
            ? $"Version {next.Version} says of region {dropped.Region} of cluster {before} something else than version {inUse.Version}, which is in use: when "
                + $"it was dropped and what was lost stays as it was recorded. Copy it: {dropped.Describe()}"
            : $"Version {next.Version} does not say that region {dropped.Region} of cluster {before} was dropped, and version {inUse.Version}, which is in "
                + "use, does. It does not come back: copy what it says there, and give new silos a cluster of another number and name.";

    // The silos that it had belong to it still, by number and name, and others would hear them as its own.
    private static IEnumerable<string> Revived(FederationDocument inUse, FederationDocument next, FederationCluster before) =>
        from after in next.Clusters
        where before.IsDropped && IsSame(before, after) && !after.Regions.IsEmpty
        select $"Version {next.Version} gives cluster {after} {(after.Regions.Length == 1 ? "region" : "regions")} {string.Join(", ", after.Regions)}, and "
            + $"version {inUse.Version}, which is in use, has dropped it: silos that it had before would not be told. Give new silos a cluster of another "
            + "number and name.";

    private static bool IsSame(DroppedRegion before, DroppedRegion after) =>
        (before.Region, before.At, before.Blocks, before.Events) == (after.Region, after.At, after.Blocks, after.Events)
        && before.Unknown.AsSpan().SequenceEqual(after.Unknown.AsSpan());

    private static bool IsSame(FederationCluster before, FederationCluster after) => after.Number == before.Number || after.Name == before.Name;

    private static string Show(TimeSpan length) => length.ToString("c", CultureInfo.InvariantCulture);
}
