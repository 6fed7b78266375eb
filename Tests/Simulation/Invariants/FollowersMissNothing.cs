using AllData.Events;
using AllData.Reading;
using AllData.Simulation.Following;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 11: what a reader that follows has been given up to its position is all that there is, then and in all later time, each event once and in order;
/// and when everything is well again, it catches up. Excepted are events under given keys that lay below the safe point when they were put.
/// </summary>
internal sealed class FollowersMissNothing(InvariantSet invariants)
{
    private const string Name = "11 followers miss nothing";

    private static readonly TimeSpan LongestLag = TimeSpan.FromSeconds(10);

    private readonly List<FollowCursor> _cursors = [];
    private readonly Dictionary<int, EventKey> _watermarks = [];
    private readonly HashSet<int> _excepted = [];
    private readonly Dictionary<EventKey, List<EventTruth>> _events = [];
    private readonly SortedSet<EventKey> _keys = [];
    private EventKey _safeUpTo;

    /// <summary>Events that appeared where readers had passed, and may.</summary>
    public long Late { get; private set; }

    /// <summary>Events that readers were given.</summary>
    public long Given { get; private set; }

    /// <summary>A reader begins.</summary>
    public void Add(FollowCursor cursor) => _cursors.Add(cursor);

    /// <summary>The keys of an ordinal are not promised to lie behind a safe point.</summary>
    public void Except(int ordinal) => _excepted.Add(ordinal);

    /// <summary>A silo has reported its low watermark.</summary>
    public void OnWatermark(int ordinal, EventKey watermark) =>
        _watermarks[ordinal] = _watermarks.TryGetValue(ordinal, out var known) && known > watermark ? known : watermark;

    /// <summary>A silo has found out up to where it is safe.</summary>
    public void OnSafe(EventKey upTo) => _safeUpTo = upTo > _safeUpTo ? upTo : _safeUpTo;

    /// <summary>Whether an event under a given key comes too late for readers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="ordinal">Of the silo that puts it.</param>
    public bool IsLate(EventKey key, int ordinal) => key <= _safeUpTo || (_watermarks.TryGetValue(ordinal, out var low) && key < low);

    /// <summary>An event lies intact on a disk, and did not before.</summary>
    public void OnStored(EventTruth stored)
    {
        if (_cursors.Count == 0)
        {
            return;
        }

        if (_keys.Add(stored.Key))
        {
            _events.Add(stored.Key, []);
        }

        if (!_events[stored.Key].Contains(stored))
        {
            _events[stored.Key].Add(stored);
        }

        var passed = _cursors.Find(cursor => cursor.HasPassed(stored.Key, stored.Digest));
        if (passed is not null && IsExcepted(stored))
        {
            Late++;
            return;
        }

        invariants.Require(Name, passed is null, () =>
            $"event {stored.Key} is stored, and {passed}, to which it was not given, is at {passed!.Position} already.");
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
            var (key, digest, before) = (e.Key, EventDigest.Of(e.Key, e.Payload.Span, e.Topic), last);
            invariants.Require(
                Name, key > cursor.Position && key >= before && key <= upTo && cursor.Given.Add((key, digest)),
                () => $"{cursor}, which was at {cursor.Position}, is given event {key} behind {before} up to {upTo}: again, or not in order.");
            last = key;
            Given++;
        }
    }

    private void CheckPassed(FollowCursor cursor, EventKey from)
    {
        foreach (var key in _keys.GetViewBetween(from, cursor.Position!.Value))
        {
            foreach (var one in _events[key])
            {
                invariants.Require(
                    Name, one.Intact == 0 || IsExcepted(one) || !cursor.HasPassed(key, one.Digest), () =>
                        $"{cursor} is at {cursor.Position}, and event {key}, which lies on {one.Intact} disks, was not given to it.");
            }
        }
    }

    private bool IsExcepted(EventTruth truth) => truth.IsLate || _excepted.Contains(truth.Key.Ordinal);
}
