using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Status;

/// <summary>What is wrong with peers, in one line for each of them: which, where, since when, and what follows.</summary>
internal static class PeerProblems
{
    /// <summary>The lines, in the order of the peers; none for a peer with which nothing is wrong.</summary>
    public static IEnumerable<string> Describe(ClusterStatus status) =>
        status.Peers.Select(peer => Describe(status, peer)).OfType<string>();

    private static string? Describe(ClusterStatus status, PeerCondition peer)
    {
        var name = $"{peer.View.Peer.Id} ({peer.View.Peer.Location})";
        if (!peer.View.Alive)
        {
            return $"{name} is dead{Since(peer.View)}: {Consequence(peer.View)}";
        }

        if (peer.View.Peer.IsPutOnly)
        {
            return null;
        }

        if (peer.Report is null)
        {
            return $"{name} is alive but does not answer: its figures and copies are not counted. Look at its log.";
        }

        return status.Audit.NotAnswering.Contains(peer.View.Peer.Id)
            ? $"{name} is alive but has not reported everything that it holds: its copies are not counted. Look at its log."
            : DescribeComparisons(status, peer, name);
    }

    private static string Since(PeerView view) => view.AwaySince is { } since ? $" since {since:yyyy-MM-dd HH:mm} UTC" : "";

    private static string Consequence(PeerView view)
    {
        const string WayOut = "Start it again; if it will not come back, drop it.";
        return view switch
        {
            { Peer.IsPutOnly: true } => "puts go to others. Its copies are believed, and made by others only once it is drained or dropped.",
            { Peer.Stores: false } => "it stores nothing, so no copy is missing. Start it again, or drop it.",
            { Peer.Status: PeerStatus.Away } => $"others have taken its place. {WayOut}",
            { ReplacedIn: { } rest } => $"others take its place in {Minutes(rest)}. {WayOut}",
            _ => $"its copies are not counted. {WayOut}",
        };
    }

    private static string Minutes(TimeSpan time) => time.TotalMinutes < 1 ? "less than a minute" : $"{Math.Ceiling(time.TotalMinutes):N0} min";

    // Failing to compare with a dead peer is already on that peer's line.
    private static string? DescribeComparisons(ClusterStatus status, PeerCondition peer, string name)
    {
        var alive = status.Peers.Where(static p => p.View.Alive).Select(static p => p.View.Peer.Id).ToHashSet();
        var failed = peer.Report?.Repair?.Peers.Where(c => c.Problem is not null && alive.Contains(c.Peer)).ToList() ?? [];
        return failed.Count == 0
            ? DescribeRepair(peer.Report?.Repair, name, isAnyDead: alive.Count < status.Peers.Length)
            : $"{name} could not compare with {string.Join(", ", failed.Select(static c => c.Peer))}: {FailureText.SentenceOf(failed[0].Problem!)}";
    }

    private static string? DescribeRepair(RepairReport? repair, string name, bool isAnyDead) => repair switch
    {
        { DamagedBlocks: > 0 } => $"{name} holds damaged blocks ({repair.DamagedBlocks:N0}): it fetches them from other peers.",
        { MissingBlocks: > 0 } => $"{name} is missing blocks ({repair.MissingBlocks:N0}): it fetches them from other peers.",

        // A dead one is on a line of its own: as long as it is, no other has compared everything.
        { IsCaughtUp: false } when !isAnyDead => $"{name} has not compared everything with the other peers yet. Look again in a minute.",
        _ => null,
    };
}
