using AllData.Peers;

namespace AllData.Membership;

/// <summary>The latest counts for departures, kept so that a count that takes minutes is not repeated.</summary>
internal sealed class DepartureCounts(TimeProvider time)
{
    // Shorter than anything that a person decides on in between.
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(1);

    /// <summary>A count of which nothing is known yet.</summary>
    public static DepartureCheck Nothing { get; } = new()
    {
        MinutesChecked = 0,
        MinutesTotal = 0,
        Blocks = 0,
        Events = 0,
        Shortages = [],
        NotAnswering = [],
        IsEnded = false,
    };

    private readonly Dictionary<PeerId, (DepartureCheck Check, long At)> _last = [];

    /// <summary>Notes a count that has ended.</summary>
    public void Add(PeerId peer, DepartureCheck check) => _last[peer] = (check, time.GetTimestamp());

    /// <summary>The last count, if it is fresh and allows the peer to go; otherwise null, because a new count may find more.</summary>
    public DepartureCheck? FindFavourable(PeerId peer) =>
        _last.TryGetValue(peer, out var last) && time.GetElapsedTime(last.At) < Freshness && WhyKept(peer, last.Check) is null ? last.Check : null;

    /// <summary>Why a peer is kept; null when nothing would be left with too few copies without it.</summary>
    public static string? WhyKept(PeerId peer, DepartureCheck check)
    {
        var wayOut = $"Drain it first ('alldata drain {peer}' waits until it can go), or drop it by force.";
        return check.NotAnswering.Contains(peer)
                ? $"Peer '{peer}' is not dropped: it does not answer, so that what it alone may hold is not known. Start it and drain it, or drop it by force."
            : !check.Shortages.IsEmpty
                ? $"Peer '{peer}' is not dropped: {check.Shortages.Sum(static s => s.Blocks)} blocks with {check.Shortages.Sum(static s => s.Events)} "
                    + $"events would be left with too few copies. {wayOut}"
            : !check.IsEnded
                ? $"Peer '{peer}' is not dropped: what would be left without it could not be counted to the end in time. 'alldata drop {peer}' counts "
                    + $"as long as it takes. {wayOut}"
            : null;
    }
}
