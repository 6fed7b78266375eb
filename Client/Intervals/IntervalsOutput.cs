using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Client.Intervals;

/// <summary>All intervals for machines.</summary>
internal sealed record IntervalsJson(IReadOnlyList<IntervalJson> Intervals, IReadOnlyList<SilentJson> Silent);

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
/// <param name="Certificate">What its newest certificate says; left out where it has none.</param>
internal sealed record IntervalJson(
    string Interval, long Seconds, string State, long LargestEvents, long StoredEvents, IReadOnlyList<IntervalReplicaJson> Replicas,
    CertifiedInterval? Certificate)
{
    public static IntervalJson Of(IntervalSummary summary, CertifiedInterval? certificate) => new(
        summary.Interval.ToString(), summary.Interval.LengthMilliseconds / 1000, IntervalsOutput.Describe(summary.State),
        summary.LargestEvents, summary.StoredEvents, [.. summary.Replicas.Select(static r => IntervalReplicaJson.Of(r.Peer, r.Stored))],
        certificate);
}

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
        Terminal terminal, ImmutableArray<IntervalSummary> intervals, IReadOnlyDictionary<Interval, CertifiedInterval> certified,
        ImmutableArray<SilentPeer> silent, bool json)
    {
        if (json)
        {
            terminal.WriteJson(new IntervalsJson(
                [.. intervals.Select(one => IntervalJson.Of(one, certified.GetValueOrDefault(one.Interval)))], [.. silent.Select(SilentJson.Of)]));
        }
        else
        {
            ToTable(intervals, certified).Write(terminal);
            SayDamage(terminal, intervals);
        }

        foreach (var lost in CertifiedIntervals.LostOf(certified, intervals))
        {
            terminal.Say($"Interval {lost.Interval} is certified with {Amount.OfEvents(lost.Events)}, and no peer that answered holds anything of it.");
        }

        SaySilent(terminal, silent);
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
    private static ResultTable ToTable(ImmutableArray<IntervalSummary> intervals, IReadOnlyDictionary<Interval, CertifiedInterval> certified)
    {
        ResultColumn[] certificate = certified.Count == 0 ? [] : [new("certificate"), new("root", 6)];
        var table = new ResultTable(
        [
            new("interval"), new("state"), new("events"), new("stored events", 3), new("blocks", 2), new("size", 4), new("replicas", 1), .. certificate,
            new("damage", 5),
        ]);
        foreach (var one in intervals)
        {
            var cells = Cells(one);
            table.AddRow([.. cells[..^1], .. certified.Count == 0 ? [] : CertificateCells(certified.GetValueOrDefault(one.Interval)), cells[^1]]);
        }

        return table;
    }

    private static string[] CertificateCells(CertifiedInterval? certified) =>
        certified is null ? ["", ""] : [$"{CertificateLines.TextOf(certified.State)} v{certified.Version}", certified.Root.ToString()[..16]];

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
