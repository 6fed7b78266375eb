using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Client.Intervals;

/// <summary>All intervals for machines.</summary>
/// <param name="Intervals">The intervals.</param>
/// <param name="Silent">Peers that did not answer.</param>
/// <param name="SilentClusters">Clusters that did not answer about their certificates; left out where there is one cluster.</param>
internal sealed record IntervalsJson(
    IReadOnlyList<IntervalJson> Intervals, IReadOnlyList<SilentJson> Silent, IReadOnlyList<SilentClusterJson>? SilentClusters);

/// <summary>A cluster that did not answer, for machines.</summary>
internal sealed record SilentClusterJson(string Cluster, string Reason);

/// <summary>A peer that did not answer, for machines.</summary>
internal sealed record SilentJson(string Peer, string Reason)
{
    public static SilentJson Of(SilentPeer silent) => new(silent.Peer.Value, silent.Reason);
}

/// <summary>An interval for machines.</summary>
/// <param name="Interval">Its start.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="State">open, closed or mixed.</param>
/// <param name="LargestEvents">Events of the replica that holds most.</param>
/// <param name="StoredEvents">Events of all replicas.</param>
/// <param name="Replicas">What each says.</param>
/// <param name="Certificate">What its newest certificate says by the cluster that was asked; left out where it has none.</param>
/// <param name="StoreState">What is promised of it in a store of several clusters; left out where none has certified it.</param>
/// <param name="Clusters">The certificates of all clusters; left out where there is one cluster.</param>
internal sealed record IntervalJson(
    string Interval, long Seconds, string State, long LargestEvents, long StoredEvents, IReadOnlyList<IntervalReplicaJson> Replicas,
    CertifiedInterval? Certificate, CertificateState? StoreState, IReadOnlyList<ClusterCertificateJson>? Clusters)
{
    public static IntervalJson Of(IntervalSummary summary, CertifiedIntervals certified) => new(
        summary.Interval.ToString(), summary.Interval.LengthMilliseconds / 1000, IntervalsOutput.Describe(summary.State),
        summary.LargestEvents, summary.StoredEvents, [.. summary.Replicas.Select(static r => IntervalReplicaJson.Of(r.Peer, r.Stored))],
        certified.OwnOf(summary.Interval), certified.HasOthers ? certified.StateOf(summary.Interval) : null,
        certified.HasOthers ? [.. certified.Clusters.Select(c => new ClusterCertificateJson(c, certified.In(c, summary.Interval)))] : null);
}

/// <summary>What one cluster has certified of an interval, for machines.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="Certificate">Its newest certificate; left out where it has none.</param>
internal sealed record ClusterCertificateJson(string Cluster, CertifiedInterval? Certificate);

/// <summary>What one peer holds of an interval, for machines.</summary>
internal sealed record IntervalReplicaJson(
    string Peer, IntervalState State, long Blocks, long Events, long Bytes, string DigestSum, string Location, string? Damage)
{
    public static IntervalReplicaJson Of(PeerId peer, StoredInterval stored) => new(
        peer.Value, stored.State, stored.Blocks, stored.Events, stored.Bytes, stored.DigestSum.ToString(), stored.Location, stored.Damage);
}

/// <summary>Writes the intervals.</summary>
internal static class IntervalsOutput
{
    /// <summary>Writes them for a machine or for people, and names the peers that did not answer.</summary>
    public static void Write(
        Terminal terminal, ImmutableArray<IntervalSummary> intervals, CertifiedIntervals certified, ImmutableArray<SilentPeer> silent, bool json)
    {
        if (json)
        {
            terminal.WriteJson(new IntervalsJson(
                [.. intervals.Select(one => IntervalJson.Of(one, certified))],
                [.. silent.Select(SilentJson.Of)],
                certified.HasOthers ? [.. certified.Silent.Select(static c => new SilentClusterJson(c.Key, c.Value))] : null));
        }
        else
        {
            ToTable(intervals, certified).Write(terminal);
            SayDamage(terminal, intervals);
        }

        foreach (var lost in certified.LostOf(intervals))
        {
            terminal.Say($"Interval {lost.Interval} is certified with {Amount.OfEvents(lost.Events)}, and no peer that answered holds anything of it.");
        }

        SaySilent(terminal, silent);
        foreach (var (cluster, reason) in certified.Silent)
        {
            terminal.Say($"No answer from cluster {cluster} about its certificates: {reason}");
        }
    }

    /// <summary>Names the peers that did not answer.</summary>
    public static void SaySilent(Terminal terminal, ImmutableArray<SilentPeer> silent)
    {
        foreach (var (peer, reason) in silent)
        {
            terminal.Say($"No answer from {peer}: {reason}");
        }
    }

    /// <summary>The state in a word.</summary>
    public static string Describe(IntervalState? state) => state switch
    {
        IntervalState.Open => "open",
        IntervalState.Closed => "closed",
        _ => "mixed",
    };

    // What is certified has columns once something is.
    private static ResultTable ToTable(ImmutableArray<IntervalSummary> intervals, CertifiedIntervals certified)
    {
        ResultColumn[] certificate = certified.IsEmpty ? [] : [new("certificate"), new("root", 6)];
        var table = new ResultTable(
        [
            new("interval"), new("state"), new("events"), new("stored events", 3), new("blocks", 2), new("size", 4), new("replicas", 1), .. certificate,
            new("damage", 5),
        ]);
        foreach (var one in intervals)
        {
            var cells = Cells(one);
            table.AddRow([.. cells[..^1], .. certified.IsEmpty ? [] : CertificateCells(certified, one.Interval), cells[^1]]);
        }

        return table;
    }

    // A root is of one cluster's events.
    private static string[] CertificateCells(CertifiedIntervals certified, Interval interval)
    {
        var own = certified.OwnOf(interval);
        return [DescribeCertificates(certified, interval, own), own?.Root.ToString()[..16] ?? ""];
    }

    private static string DescribeCertificates(CertifiedIntervals certified, Interval interval, CertifiedInterval? own) =>
        !certified.HasOthers ? own is null ? "" : Describe(own)
        : certified.StateOf(interval) is not { } state ? ""
        : $"{CertificateLines.TextOf(state)} ({string.Join(", ", certified.Clusters.Select(c => $"{c}: {DescribeIn(certified, c, interval)}"))})";

    private static string DescribeIn(CertifiedIntervals certified, string cluster, Interval interval) =>
        certified.In(cluster, interval) is { } one ? Describe(one) : certified.Silent.ContainsKey(cluster) ? "no answer" : "none";

    private static string Describe(CertifiedInterval certified) => $"{CertificateLines.TextOf(certified.State)} v{certified.Version}";

    private static string[] Cells(IntervalSummary one) =>
    [
        one.Interval.ToString(), DescribeStates(one), $"{one.LargestEvents:N0}", $"{one.StoredEvents:N0}", $"{one.Blocks:N0}", Amount.Of(one.Bytes),
        string.Join(", ", one.Replicas.Select(static r => r.Peer)),
        string.Join(", ", one.Replicas.Where(static r => r.Stored.Damage is not null).Select(static r => r.Peer)),
    ];

    private static string DescribeStates(IntervalSummary one)
    {
        var open = one.Replicas.Where(static r => r.Stored.State == IntervalState.Open).Select(static r => r.Peer);
        return Describe(one.State) + (one.State is null ? $" (open: {string.Join(", ", open)})" : "");
    }

    private static void SayDamage(Terminal terminal, ImmutableArray<IntervalSummary> intervals)
    {
        foreach (var one in intervals)
        {
            foreach (var (peer, stored) in one.Replicas.Where(static r => r.Stored.Damage is not null))
            {
                terminal.Say($"Damage at {peer}, interval {one.Interval}: {stored.Damage}");
            }
        }
    }
}
