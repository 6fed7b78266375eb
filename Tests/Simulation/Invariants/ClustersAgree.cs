using AllData.Events;
using AllData.Federation;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Reports;
using AllData.Simulation.Reading;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 10: some time after the last fault every link is up, every silo knows of each other cluster what that cluster's registry says, and a scan
/// through any silo says that it is complete and gives the same events.
/// </summary>
internal sealed class ClustersAgree(InvariantSet invariants)
{
    private const string Name = "10 clusters agree";

    /// <summary>Why a silo does not agree with another cluster about that cluster; null when it does.</summary>
    /// <param name="link">What the silo knows.</param>
    /// <param name="truth">What the registry of the other cluster says.</param>
    public static string? WhyNot(ClusterLink link, TopologySnapshot truth) =>
        link.State != LinkState.Up ? $"the link is {link.State}"
        : link.Topology is not { } known ? "nothing is known of it"
        : !SnapshotContent.AreEqual(known, truth) ? $"version {known.Version} of its topology is known, and its registry has version {truth.Version}"
        : null;

    /// <summary>A silo's view of another cluster at the end of the quiet time.</summary>
    public void CheckView(PeerId peer, ClusterLink link, TopologySnapshot truth) => invariants.Require(
        Name, WhyNot(link, truth) is null, () => $"{peer} does not agree with cluster {link.Cluster}: {WhyNot(link, truth)}.");

    /// <summary>A scan of everything after the quiet time.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="first">One through another silo.</param>
    /// <param name="mayDoubt">Whether something is damaged that no other peer has.</param>
    public void CheckScan(ScanRun scan, ScanRun first, bool mayDoubt)
    {
        invariants.Require(Name, scan.IsComplete || (mayDoubt && scan.IsEnded), () =>
            $"{scan} is {(scan.IsEnded ? "in doubt" : "not over")} although everything is up.");
        var reached = scan.CertainTo < first.CertainTo ? scan.CertainTo : first.CertainTo;
        invariants.Require(Name, Below(scan, reached).SetEquals(Below(first, reached)), () =>
            $"{scan} gives {scan.Given.Count} events and {first} {first.Given.Count}: {Difference(scan, first, reached)} is in one of them only.");
    }

    /// <summary>Repair has made a copy at a peer that is responsible for it only as long as it does not know all members of the copyset.</summary>
    /// <param name="peer">Where.</param>
    /// <param name="header">Of which block.</param>
    /// <param name="unheard">The clusters that it knows nothing of.</param>
    public void OnEarlyCopy(PeerId peer, BlockHeader header, IEnumerable<FederationCluster> unheard) => invariants.Require(
        Name, holds: false, () => $"{peer} has fetched block {header.Id} of copyset {header.Copyset}, of which it does not know all members, and is not "
            + $"responsible for it. Clusters of which it has heard nothing: {unheard.Count()}.");

    private static EventKey Difference(ScanRun one, ScanRun other, EventKey reached)
    {
        var differing = Below(one, reached);
        differing.SymmetricExceptWith(Below(other, reached));
        return differing.Min(static g => g.Item1);
    }

    // A scan that meets a damaged block, of which there is no other copy, ends there, or further on if it began with other peers.
    private static HashSet<(EventKey, EventDigest)> Below(ScanRun scan, EventKey key) => [.. scan.Given.Where(g => g.Item1 < key)];
}
