using System.Collections.Immutable;
using AllData.Protocol.Links;
using AllData.Simulation.Running;

namespace AllData.Simulation.Links;

/// <summary>
/// Another cluster says of a live one that it was dropped, and the third goes on with both, repeating what it has heard. It is a word and no more: peers and
/// links stay as they are, so that all clusters agree in the end.
/// </summary>
internal sealed class SaidDrop(World world)
{
    private ImmutableArray<RegionWord> _words = [];
    private int _saying = -1;

    /// <summary>Draws which cluster is dropped, by which and when; silos hear of it at their next questions.</summary>
    public void Begin()
    {
        var (random, count) = (world.Random, world.Clusters.Count);
        var dropped = world.Clusters[random.Next(count)];
        var saying = (dropped.Number + random.Next(1, count)) % count;
        world.Timeline.After(world.Settings.FaultTime * (0.1 + (0.4 * random.NextDouble())), () =>
        {
            _saying = saying;
            _words = [.. dropped.Federation.Own!.Own.Regions.Select(region => new RegionWord(dropped.Number, region, DocumentVersion: 2))];
        });
    }

    /// <summary>What a cluster answers.</summary>
    public ClusterReport Heard(ClusterReport report) => report.Cluster == _saying ? report with { Drops = [.. report.Drops, .. _words] } : report;
}
