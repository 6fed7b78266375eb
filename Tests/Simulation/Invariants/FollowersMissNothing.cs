using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Reading;
using AllData.Simulation.Following;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 11: what a reader that follows has been given up to its position is all that there is, then and in all later time, each event once and in order;
/// and when everything is well again, it catches up. An event stands at its key, or where it arrived if it is late, and says so. Excepted are events of puts
/// whose claims were forgotten, if they came too late, and of blocks that come back from an archive.
/// </summary>
internal sealed class FollowersMissNothing(InvariantSet invariants)
{
    private const string Name = "11 followers miss nothing";

    private static readonly TimeSpan LongestLag = TimeSpan.FromSeconds(10);

    private readonly List<FollowCursor> _cursors = [];
    private readonly HashSet<int> _excepted = [];
    private readonly HashSet<(EventKey, EventDigest)> _unasked = [];
    private readonly Dictionary<EventKey, List<(BlockTruth Block, EventTruth Event)>> _events = [];
    private readonly SortedSet<EventKey> _positions = [];

    /// <summary>Events that appeared where readers had passed, and may.</summary>
    public long Excepted { get; private set; }

    /// <summary>Late events that readers were given.</summary>
    public long Late { get; private set; }

    /// <summary>Events that readers were given.</summary>
    public long Given { get; private set; }

    /// <summary>A reader begins.</summary>
    public void Add(FollowCursor cursor) => _cursors.Add(cursor);

    /// <summary>The keys of an ordinal are not promised to lie behind a safe point.</summary>
    public void Except(int ordinal) => _excepted.Add(ordinal);

    /// <summary>An event is put as a put does whose claims were forgotten: readers may have passed it.</summary>
    public void Except(KeyedEvent unasked) => _unasked.Add((unasked.Key, unasked.Digest));

    /// <summary>A block that all peers had lost comes back from an archive: that is no news to readers, which may have passed it.</summary>
    public void Except(BlockTruth restored) => _unasked.UnionWith(restored.Events.Select(static e => (e.Key, e.Digest)));

    /// <summary>A block lies intact on a disk, and on none before.</summary>
    /// <param name="block">The block.</param>
    /// <param name="index">One of its events.</param>
    public void OnStored(BlockTruth block, int index)
    {
        if (_cursors.Count == 0)
        {
            return;
        }

        var (position, stored) = (block.PositionOf(index), block.Events[index]);
        if (_positions.Add(position))
        {
            _events.Add(position, []);
        }

        if (!_events[position].Contains((block, stored)))
        {
            _events[position].Add((block, stored));
        }

        var passed = _cursors.Find(cursor => cursor.HasPassed(position, stored));
        if (passed is not null && IsExcepted(stored))
        {
            Excepted++;
            return;
        }

        invariants.Require(Name, passed is null, () =>
            $"event {stored.Key} is stored at {position}, and {passed}, to which it was not given, is at {passed!.Position} already.");
    }

    /// <summary>A reader is given a page.</summary>
    public void OnPage(FollowCursor cursor, FollowPage page)
    {
        if (page.Events is { } events)
        {
            CheckEvents(cursor, events, page.Position);
        }

        var from = cursor.Position;
        invariants.Require(Name, !(page.Position < from) && !(page.SafeUpTo < page.Position), () =>
            $"{cursor}, which was at {from}, is sent back to {page.Position} of {page.SafeUpTo}.");
        cursor.MoveTo(page.Position);
        if (cursor.Position > from)
        {
            CheckPassed(cursor, from!.Value);
        }
    }

    /// <summary>Everything is well, and has been for a while.</summary>
    public void CheckCaughtUp(DateTimeOffset now)
    {
        foreach (var cursor in _cursors)
        {
            invariants.Require(Name, cursor.Position >= EventKey.FirstAt(now - LongestLag), () => $"{cursor} is at {cursor.Position} although all is well.");
        }
    }

    private void CheckEvents(FollowCursor cursor, ScanPage events, EventKey? upTo)
    {
        var last = cursor.Position;
        foreach (var e in events.Unpack())
        {
            var (key, position, before) = (e.Key, e.Position, last);
            invariants.Require(
                Name, position > cursor.Position && position >= before && position <= upTo
                    && cursor.Given.Add((key, EventDigest.Of(key, e.Payload.Span, e.Topic))),
                () => $"{cursor}, which was at {cursor.Position}, is given event {key} at {position} behind {before} up to {upTo}: again, or not in order.");
            last = position;
            Given++;
            Late += e.LateAt is null ? 0 : 1;
        }
    }

    private void CheckPassed(FollowCursor cursor, EventKey from)
    {
        foreach (var position in _positions.GetViewBetween(from, cursor.Position!.Value))
        {
            foreach (var (block, one) in _events[position])
            {
                invariants.Require(
                    Name, block.Holders.Count == 0 || IsExcepted(one) || !cursor.HasPassed(position, one), () =>
                        $"{cursor} is at {cursor.Position}, and event {one.Key} at {position}, on {block.Holders.Count} disks, was not given to it.");
            }
        }
    }

    private bool IsExcepted(EventTruth truth) => _unasked.Contains((truth.Key, truth.Digest)) || _excepted.Contains(truth.Key.Ordinal);
}
