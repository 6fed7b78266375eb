using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Scans;

/// <summary>
/// Decides which peers a scan reads from: for each copyset and minute, one peer of every group that holds the same. Where the members agree, that is
/// a single peer, so a scan costs one replica's reading. Where they do not, everything that any peer holds is read. Foreign blocks need no special
/// rule: a peer that holds something other than the members forms another group.
/// </summary>
internal static class ScanPlanner
{
    // Bounds what is begun again when a peer fails on the way.
    private const long MaxEventsPerSegment = 100_000;

    /// <summary>Cuts a window into segments.</summary>
    /// <param name="peers">What each peer that answered holds.</param>
    /// <param name="preferred">A peer that costs less than others to read from; -1 when there is none.</param>
    /// <param name="damaged">Sources that gave damaged blocks.</param>
    /// <param name="readsAll">Whether all are read, those that hold the same included: sums do not tell blocks of the same events apart.</param>
    /// <returns>The segments, ascending. Minutes in which no peer holds anything are not included.</returns>
    public static ImmutableArray<ScanSegment> Plan(
        IReadOnlyCollection<PeerBuckets> peers, int preferred, IReadOnlySet<CopysetSource> damaged, bool readsAll = false)
    {
        var segments = ImmutableArray.CreateBuilder<ScanSegment>();
        SegmentInWork? open = null;
        foreach (var minute in MinutesOf(peers))
        {
            var choice = ScanChoice.Of(minute, preferred, damaged, readsAll);
            if (open is null || !open.TryAdd(choice))
            {
                Close(open, segments);
                open = new SegmentInWork(choice);
            }
        }

        Close(open, segments);
        return segments.ToImmutable();
    }

    private static IEnumerable<ArraySegment<HeldBucket>> MinutesOf(IReadOnlyCollection<PeerBuckets> peers)
    {
        var held = peers.SelectMany(p => p.Buckets.Select(b => new HeldBucket(p.Peer, b))).ToArray();
        Array.Sort(held, static (a, b) => (a.Bucket.UnixMinute, a.Bucket.Copyset).CompareTo((b.Bucket.UnixMinute, b.Bucket.Copyset)));
        for (var (start, end) = (0, 0); start < held.Length; start = end)
        {
            while (end < held.Length && held[end].Bucket.UnixMinute == held[start].Bucket.UnixMinute)
            {
                end++;
            }

            yield return new ArraySegment<HeldBucket>(held, start, end - start);
        }
    }

    private static void Close(SegmentInWork? open, ImmutableArray<ScanSegment>.Builder segments)
    {
        if (open is not null)
        {
            segments.Add(open.ToSegment());
        }
    }

    /// <summary>Minutes that are read from the same sources.</summary>
    private sealed class SegmentInWork(ScanChoice first)
    {
        private long _events = first.Events;
        private UnixMinute _last = first.UnixMinute;

        public bool TryAdd(ScanChoice minute)
        {
            // A minute in which members disagree is read from several of them: its neighbours must not pay for that.
            if (first.HasDisagreement || minute.HasDisagreement || _events + minute.Events > MaxEventsPerSegment)
            {
                return false;
            }

            first.Chosen.UnionWith(minute.Chosen);
            first.Unsure.UnionWith(minute.Unsure);
            _events += minute.Events;
            _last = minute.UnixMinute;
            return true;
        }

        public ScanSegment ToSegment()
        {
            var sources = first.Chosen
                .GroupBy(static c => c.Peer)
                .OrderBy(static g => g.Key)
                .Select(static g => new ScanSource(g.Key, [.. g.Select(static c => c.Copyset).Order()]));
            return new ScanSegment(first.UnixMinute, _last.Next(), [.. sources], [.. first.Unsure.Order()]);
        }
    }
}
