using System.Collections.Immutable;
using AllData.Client.Peers;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Client.Intervals;

/// <summary>What the cluster's replicas say of one interval.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Replicas">The peers that hold something of it, and what they say, by name.</param>
internal sealed record IntervalSummary(Interval Interval, ImmutableArray<(PeerId Peer, StoredInterval Stored)> Replicas)
{
    // The default replication of a cluster. A replica does not say how many there are of its events.
    private const int UsualReplicas = 3;

    /// <summary>Null when the replicas differ.</summary>
    public IntervalState? State => Replicas.Select(static r => r.Stored.State).Distinct().ToArray() is [var one] ? one : null;

    /// <summary>Events of the replica that holds most.</summary>
    public long LargestEvents => Replicas.Max(static r => r.Stored.Events);

    /// <summary>Events of all replicas; one that lies on three peers counts three times.</summary>
    public long StoredEvents => Replicas.Sum(static r => r.Stored.Events);

    /// <summary>Blocks of all replicas.</summary>
    public long Blocks => Replicas.Sum(static r => r.Stored.Blocks);

    /// <summary>Bytes on the disks of all replicas.</summary>
    public long Bytes => Replicas.Sum(static r => r.Stored.Bytes);

    /// <summary>About how many different events there are: for a progress bar, not for a decision.</summary>
    public long EstimatedEvents => Math.Max(LargestEvents, StoredEvents / Math.Min(UsualReplicas, Replicas.Length));

    /// <summary>Gathers by interval what the peers said, ascending.</summary>
    public static ImmutableArray<IntervalSummary> Gather(PeerReplies<ImmutableArray<StoredInterval>> replies) =>
    [
        .. replies.Answers
            .SelectMany(static a => a.Answer.Select(stored => (a.Peer, Stored: stored)))
            .GroupBy(static r => r.Stored.Interval)
            .OrderBy(static g => g.Key)
            .Select(static g => new IntervalSummary(g.Key, [.. g])),
    ];
}
