using AllData.Peers;
using AllData.Reports;

namespace AllData.Silo.Http.Console;

/// <summary>Finds what has happened between two rounds.</summary>
internal static class DecisionFinder
{
    // Once is a packet that was lost.
    private const int SilentRounds = 3;

    private const int MaxNamed = 4;

    /// <summary>Writes it into the log.</summary>
    /// <param name="before">The round before.</param>
    /// <param name="now">The present round.</param>
    /// <param name="changes">The figures that came in it, and those before.</param>
    /// <param name="log">The log.</param>
    public static void Find(ClusterFacts before, ClusterFacts now, IReadOnlyCollection<FigureChange> changes, DecisionLog log)
    {
        FindPeers(before, now, log);
        FindReplacements(before, now, log);
        FindLinks(before, now, log);
        foreach (var change in changes)
        {
            FindConditions(change, now.At, log);
            FindRepairs(change, now.At, log);
        }

        foreach (var meant in changes.SelectMany(ReplacedIn).GroupBy(static r => r.Meant))
        {
            log.Continue(
                now.At, DecisionKind.Replacement, $"replaced {meant.Key}", meant.Select(static r => (r.Instead.Value, r.Replicas)),
                counts => $"{OwedText.Replicas(counts.Values.Sum())} meant for {meant.Key} went to {Shares(counts)} instead.");
        }
    }

    private static void FindPeers(ClusterFacts before, ClusterFacts now, DecisionLog log)
    {
        var known = before.Topology.Store.Peers.ToDictionary(static p => p.Id);
        foreach (var peer in now.Topology.Store.Peers)
        {
            if (!known.Remove(peer.Id, out var then))
            {
                log.Add(now.At, DecisionKind.Peer, $"{peer.Id} ({peer.Location}) is registered.");
                continue;
            }

            if (LifeOf(before, now, peer) is { } life)
            {
                log.Add(now.At, DecisionKind.Peer, life);
            }

            if (then.Status != peer.Status)
            {
                log.Add(now.At, DecisionKind.Status, $"{peer.Id} {StatusText(then.Status, peer.Status)}");
            }

            if (then.Location != peer.Location)
            {
                log.Add(now.At, DecisionKind.Status, $"{peer.Id} was moved from {then.Location} to {peer.Location}.");
            }
        }

        foreach (var gone in known.Keys.Order())
        {
            log.Add(now.At, DecisionKind.Peer, $"{gone} was dropped.");
        }
    }

    private static string? LifeOf(ClusterFacts before, ClusterFacts now, PeerDescriptor peer)
    {
        var (was, isNow) = (before.Topology.Hosted.Contains(peer.Id), now.Topology.Hosted.Contains(peer.Id));
        var (silentBefore, silentNow) = (before.AnswerOf(peer.Id).Rounds, now.AnswerOf(peer.Id).Rounds);
        return was && !isNow ? $"{peer.Id} ({peer.Location}) is dead: no silo hosts it."
            : !was && isNow ? $"{peer.Id} ({peer.Location}) has a silo again."
            : isNow && silentBefore < SilentRounds && silentNow >= SilentRounds ? $"{peer.Id} ({peer.Location}) does not answer {now.Topology.Silo}."
            : isNow && silentBefore >= SilentRounds && silentNow == 0 ? $"{peer.Id} ({peer.Location}) answers again."
            : null;
    }

    private static string StatusText(PeerStatus then, PeerStatus now) => now switch
    {
        PeerStatus.Draining => "is draining: it gets no new copies, and others fetch what it holds.",
        PeerStatus.ReadOnly => "is read-only: it takes no copies.",
        PeerStatus.Away => "was away for longer than the grace period: others take its place.",
        _ => then switch
        {
            PeerStatus.Draining => "is back in use: it is not draining any more.",
            PeerStatus.ReadOnly => "takes copies again.",
            _ => "is back, and has its place again.",
        },
    };

    private static void FindReplacements(ClusterFacts before, ClusterFacts now, DecisionLog log)
    {
        var known = before.Topology.Own.Replacements.Select(static r => (r.Peer, r.Ordinal)).ToHashSet();
        foreach (var entry in now.Topology.Own.Replacements.Where(r => !known.Remove((r.Peer, r.Ordinal))))
        {
            var reason = entry.Reason switch
            {
                ReplacementReason.Drained => "it is drained",
                ReplacementReason.Dropped => "it was dropped",
                _ => "it has been away for long",
            };
            log.Add(now.At, DecisionKind.Replacement, $"Others take the place of {entry.Peer} in its copysets: {reason}.");
        }

        foreach (var (peer, _) in known)
        {
            log.Add(now.At, DecisionKind.Replacement, $"{peer} has its place in its copysets again.");
        }
    }

    // Of several silos that see a link differently, the worst counts.
    private static void FindLinks(ClusterFacts before, ClusterFacts now, DecisionLog log)
    {
        var then = WorstLinks(before);
        foreach (var (cluster, state) in WorstLinks(now).Where(l => then.TryGetValue(l.Key, out var known) && known != l.Value))
        {
            log.Add(now.At, DecisionKind.Link, state switch
            {
                LinkState.CutOff => $"The link to cluster {cluster} is cut off: puts do without it.",
                LinkState.Doubtful => $"The link to cluster {cluster} is doubtful: an answer is missing.",
                LinkState.Healing => $"The link to cluster {cluster} is healing: repair goes there, puts do not yet.",
                _ => $"The link to cluster {cluster} is up.",
            });
        }
    }

    private static Dictionary<string, LinkState> WorstLinks(ClusterFacts facts) => facts.Answers.Where(a => facts.IsAnswering(a.Key))
        .SelectMany(static a => a.Value.Figures?.Links ?? []).GroupBy(static l => l.Name)
        .ToDictionary(static l => l.Key, static l => l.Select(static one => one.State).MaxBy(RankOf));

    private static int RankOf(LinkState state) => state switch { LinkState.Up => 0, LinkState.Doubtful => 1, LinkState.Healing => 2, _ => 3 };

    private static void FindConditions(FigureChange change, DateTimeOffset at, DecisionLog log)
    {
        var (then, now) = (change.Before.Conditions, change.After.Conditions);
        foreach (var condition in now.ExceptBy(then.Select(static c => c.Code), static c => c.Code))
        {
            log.Add(at, DecisionKind.Condition, $"{change.Peer} reports {condition.Code}: {PublicText.Of(condition.Sentence)}");
        }

        foreach (var condition in then.ExceptBy(now.Select(static c => c.Code), static c => c.Code))
        {
            log.Add(at, DecisionKind.Condition, $"{change.Peer} no longer reports {condition.Code}.");
        }
    }

    private static void FindRepairs(FigureChange change, DateTimeOffset at, DecisionLog log)
    {
        var (then, now) = (change.Before.Repair, change.After.Repair);
        if (now.FetchedBlocks > then.FetchedBlocks)
        {
            log.Continue(
                at, DecisionKind.Repair, $"repair {change.Peer}",
                [("blocks", now.FetchedBlocks - then.FetchedBlocks), ("events", now.FetchedEvents - then.FetchedEvents)],
                counts => $"{change.Peer} fetched {OwedText.Blocks(counts["blocks"])} ({OwedText.Events(counts["events"])}) that it owed.");
        }

        if (now.MendedBlocks > then.MendedBlocks)
        {
            log.Add(at, DecisionKind.Repair, $"{change.Peer} fetched {OwedText.Blocks(now.MendedBlocks - then.MendedBlocks)} again that were damaged.");
        }

        if (then.MissingBlocks > 0 && now.MissingBlocks == 0)
        {
            log.Add(at, DecisionKind.Repair, $"{change.Peer} owes nothing any more.");
        }
    }

    private static IEnumerable<Coordination.ReplacementTally> ReplacedIn(FigureChange change)
    {
        var then = change.Before.Replacements.ToDictionary(static r => (r.Meant, r.Instead), static r => r.Replicas);
        return change.After.Replacements
            .Select(r => r with { Replicas = r.Replicas - Math.Min(r.Replicas, then.GetValueOrDefault((r.Meant, r.Instead))) })
            .Where(static r => r.Replicas > 0);
    }

    private static string Shares(SortedDictionary<string, long> counts) =>
        string.Join(", ", counts.OrderByDescending(static c => c.Value).Take(MaxNamed).Select(static c => $"{c.Key} ({c.Value:N0})"))
        + (counts.Count > MaxNamed ? $" and {counts.Count - MaxNamed} others" : "");
}
