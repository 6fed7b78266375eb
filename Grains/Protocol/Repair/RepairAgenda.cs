using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>
/// Which minutes a peer has yet to compare with one other peer: those that the other says have changed, once they have come to rest, and from time
/// to time everything, newest first. In the steady state each minute is compared once. Not for several threads.
/// </summary>
/// <param name="settle">How long a minute must have been unchanged, milliseconds.</param>
/// <param name="sweep">How long to rest between two comparisons of everything, milliseconds.</param>
internal sealed class RepairAgenda(long settle, long sweep)
{
    /// <summary>Changed minutes that are remembered singly; more of them mean comparing everything.</summary>
    public const int MaxChangedMinutes = 4_096;

    /// <summary>Minutes beyond now in which keys may lie: at most in the next interval, whose end is two days ahead.</summary>
    public const int MinutesAhead = 2 * 24 * 60;

    /// <summary>
    /// Minutes beyond now that a comparison of everything covers: a silo whose clock was far ahead before it could ask another one may have left events there.
    /// </summary>
    public const int MinutesBeyond = 10 * 366 * 24 * 60;

    // A minute that never comes to rest, such as that of an import, is compared all the same: when it has passed and this many times the rest.
    private const int Patience = 4;

    // Possibly no peer can give what is missing.
    private const long UnfinishedRest = UnixMinute.Milliseconds;

    private readonly SortedDictionary<UnixMinute, Change> _changed = [];
    private readonly PostponedMinutes _postponed = new(settle);
    private readonly Stack<MinuteRange> _again = new();
    private readonly SortedSet<UnixMinute> _unfinished = [];
    private MinuteRange _sweeping;
    private bool _isSweepsTurn;
    private bool _wasUnheard;
    private long _sweepDue = long.MinValue;

    /// <summary>How far the other peer has reported its changes.</summary>
    public ChangeCursor Cursor { get; private set; }

    /// <summary>Whether a comparison of everything is in flight.</summary>
    public bool IsSweeping => _sweeping.FromMinute < _sweeping.ToMinute;

    /// <summary>Whether everything has been compared once since the beginning, or since <see cref="Restart"/>.</summary>
    public bool HasSwept { get; private set; }

    /// <summary>
    /// Whether no comparison of everything is in progress, everything missing was fetched, and the only changed minutes left are still changing: minutes that
    /// changed while the other peer could not be asked are not among them.
    /// </summary>
    public bool IsIdle { get; private set; }

    /// <summary>Minutes that are known to be uncompared, not counting those of a comparison of everything.</summary>
    public int WaitingMinutes =>
        _changed.Count + _postponed.Count + _again.Sum(static range => (int)Math.Min(range.ToMinute - range.FromMinute, MinuteRuns.Longest));

    /// <summary>Everything is compared again: the responsible peers have changed.</summary>
    public void Restart()
    {
        _sweepDue = long.MinValue;
        _sweeping = default;
        _again.Clear();
        _unfinished.Clear();
        _postponed.Clear();
        HasSwept = IsIdle = false;
    }

    /// <summary>
    /// The other peer could not be asked. What it reports next may be what was missed meanwhile, and the peer is not caught up until that has been compared.
    /// </summary>
    public void OnUnheard()
    {
        _wasUnheard = true;
        IsIdle = false;
    }

    /// <summary>The other peer has reported what has changed.</summary>
    /// <param name="changes">What it said.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public void OnChanges(BucketChanges changes, long now)
    {
        var areMissed = _wasUnheard;
        (Cursor, _wasUnheard) = (changes.Next, false);
        IsIdle &= changes.IsComplete;
        if (!changes.IsComplete || _changed.Count + changes.Minutes.Length > MaxChangedMinutes)
        {
            _changed.Clear();
            Restart();
            return;
        }

        Note(changes.Minutes, now, areMissed);
    }

    /// <summary>This peer has stored something: the minutes are compared as if the other had, to see whether it holds that, too.</summary>
    public void OnOwnChanges(ImmutableArray<UnixMinute> minutes, long now)
    {
        if (_changed.Count + minutes.Length > MaxChangedMinutes)
        {
            // After a long outage. What has been compared before it stays so.
            _changed.Clear();
            _sweepDue = long.MinValue;
            IsIdle = false;
            return;
        }

        Note(minutes, now, areMissed: false);
    }

    /// <summary>The earliest minute of those that could not be compared when it was their turn, or null.</summary>
    public UnixMinute? EarliestPutBack => _again.Count == 0 ? null : _again.Min(static range => range.FromMinute);

    private void Note(ImmutableArray<UnixMinute> minutes, long now, bool areMissed)
    {
        foreach (var minute in minutes)
        {
            _changed[minute] = _changed.TryGetValue(minute, out var before)
                ? before with { Last = now, IsMissed = before.IsMissed || areMissed }
                : new Change(now, now, areMissed);
        }
    }

    /// <summary>Whether a comparison of everything must begin now: then ask for the first minute and call <see cref="BeginSweep"/>.</summary>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public bool IsSweepDue(long now) => !IsSweeping && _again.Count == 0 && (now >= _sweepDue || _sweepDue - now > sweep);

    /// <summary>Begins to compare everything.</summary>
    /// <param name="firstMinute">The first minute of which the other holds something; null when it holds nothing.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public void BeginSweep(UnixMinute? firstMinute, long now)
    {
        _sweepDue = now + sweep;
        var following = UnixMinute.OfUnixMilliseconds(now).Next();
        _sweeping = firstMinute is { } earliest && earliest < following ? new MinuteRange(earliest, following) : default;
        HasSwept |= !IsSweeping;
        if (firstMinute is { } first)
        {
            PutBack(new MinuteRange(UnixMinute.Max(first, following), following + MinutesBeyond));
        }

        // What may still be on its way is compared once more when it has come to rest.
        for (var minute = UnixMinute.OfUnixMilliseconds(now - settle); minute < following; minute = minute.Next())
        {
            _changed.TryAdd(minute, new Change(now, now));
        }
    }

    /// <summary>The next run of minutes to compare; null if there is none now.</summary>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public MinuteRange? Take(long now)
    {
        if (_again.TryPop(out var again))
        {
            return again;
        }

        // In turn: neither minutes that change all the time nor years of what is held keep the other waiting.
        _isSweepsTurn = !_isSweepsTurn;
        var next = _postponed.Take(now) ?? (_isSweepsTurn ? TakeOfSweep() ?? TakeChanged(now) : TakeChanged(now) ?? TakeOfSweep());
        IsIdle = next is null && !_wasUnheard && _unfinished.Count == 0 && _postponed.Count == 0 && !_changed.Values.Any(static c => c.IsMissed);
        return next;
    }

    /// <summary>
    /// A range was compared, and what is missing in some of its minutes is left to another peer for now: they are compared again after a moment, and the peer
    /// is not caught up until then.
    /// </summary>
    /// <param name="range">The range.</param>
    /// <param name="minutes">These minutes; of the others of the range nothing is left to others any more.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public void OnPostponed(MinuteRange range, IReadOnlyCollection<UnixMinute> minutes, long now)
    {
        _postponed.Renew(range, minutes, now);
        IsIdle &= minutes.Count == 0;
    }

    /// <summary>Whether a minute has been left to another peer for so long that it is left no longer.</summary>
    /// <param name="minute">The minute.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public bool IsOverdue(UnixMinute minute, long now) => _postponed.IsOverdue(minute, now);

    /// <summary>
    /// Not everything missing in a minute could be fetched: it is compared again after a rest, and the peer is not caught up until then.
    /// </summary>
    /// <param name="minute">The minute.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public void OnUnfinished(UnixMinute minute, long now)
    {
        _unfinished.Add(minute);
        _changed[minute] = new Change(now + UnfinishedRest, now + UnfinishedRest);
        IsIdle = false;
    }

    /// <summary>Everything missing in a run of minutes was fetched, unless reported otherwise.</summary>
    public void OnFinished(MinuteRange range) => _unfinished.RemoveWhere(minute => minute >= range.FromMinute && minute < range.ToMinute);

    /// <summary>A run was not compared, or only its first part: the rest is taken next.</summary>
    public void PutBack(MinuteRange rest)
    {
        if (rest.FromMinute < rest.ToMinute)
        {
            IsIdle = false;
            _again.Push(rest);
        }
    }

    private MinuteRange? TakeChanged(long now)
    {
        var run = MinuteRuns.TakeFirst(_changed, change => IsDue(change, now));
        run.ForEach(minute => _changed.Remove(minute));
        return MinuteRuns.RangeOf(run);
    }

    private bool IsDue(Change change, long now) =>
        now - change.Last >= settle || change.Last - now > UnfinishedRest || now - change.First >= UnixMinute.Milliseconds + (Patience * settle);

    private MinuteRange? TakeOfSweep()
    {
        // What is left to other peers is remembered minute by minute: no more of it is found while there is too much.
        if (!IsSweeping || _postponed.IsFull)
        {
            return null;
        }

        var range = _sweeping with { FromMinute = UnixMinute.Max(_sweeping.FromMinute, _sweeping.ToMinute - MinuteRuns.Longest) };
        _sweeping = _sweeping with { ToMinute = range.FromMinute };
        HasSwept |= !IsSweeping;
        return range;
    }

    private readonly record struct Change(long First, long Last, bool IsMissed = false);
}
