using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Protocol.Keys;

/// <summary>
/// Issues the keys of one data directory: strictly increasing in each range, also when the clock steps back, and never twice, because key
/// time is leased on disk before it is used and a successor starts above the lease. Safe for several threads.
/// </summary>
internal sealed class KeyGenerator
{
    private const int SequencesPerRange = EventKey.FirstReservedSequence;

    private readonly Lock _gate = new();
    private readonly TimeSpan _intervalLength;
    private readonly long _lease;
    private readonly long[] _nextTime = new long[2];
    private readonly int[] _nextSequence = new int[2];
    private long _leasedUntil;

    /// <summary>Starts above the lease of the predecessor, with nothing leased.</summary>
    /// <param name="ordinal">The data directory's ordinal, 1 to <see cref="EventKey.MaxOrdinal"/>.</param>
    /// <param name="intervalLength">One of <see cref="Interval.AllowedLengths"/>.</param>
    /// <param name="leasedUntil">
    /// What the last lease on disk says, milliseconds since 1970 UTC: keys up to it may have been issued. 0 for a new data directory.
    /// </param>
    /// <param name="lease">How far ahead a lease reaches, at least a millisecond.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public KeyGenerator(int ordinal, TimeSpan intervalLength, long leasedUntil, TimeSpan lease)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ordinal, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ordinal, EventKey.MaxOrdinal);
        ArgumentOutOfRangeException.ThrowIfNegative(leasedUntil);
        _ = Interval.Containing(leasedUntil, intervalLength);
        Ordinal = ordinal;
        _intervalLength = intervalLength;
        _lease = (long)lease.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(_lease, 1, nameof(lease));
        _leasedUntil = leasedUntil;
        _nextTime.AsSpan().Fill(leasedUntil + 1);
    }

    /// <summary>The data directory's ordinal.</summary>
    public int Ordinal { get; }

    /// <summary>Keys up to this time, inclusive, may be issued. Milliseconds since 1970 UTC.</summary>
    public long LeasedUntil
    {
        get
        {
            lock (_gate)
            {
                return _leasedUntil;
            }
        }
    }

    /// <summary>
    /// Issues keys, ascending, all or none. They may cross a minute, which a block must not: split there. A millisecond whose sequence is
    /// used up passes on to the next.
    /// </summary>
    /// <param name="range">Which kind.</param>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    /// <param name="keys">Filled when the keys are issued.</param>
    public KeyIssue Issue(KeyRange range, long now, Span<EventKey> keys)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(now);
        lock (_gate)
        {
            // The clock is only followed forwards: after a step back, keys continue from the last one, of either range. Both ranges have one time, so
            // that after a step both ways to put continue, or neither does.
            var from = Math.Max(now, Math.Max(_nextTime[0], _nextTime[1]));
            var runsOn = _nextTime[(int)range] == from;
            var sequence = runsOn ? _nextSequence[(int)range] : 0;
            var last = from + ((sequence + (long)Math.Max(keys.Length, 1) - 1) / SequencesPerRange);
            if (Refuse(last, now) is { } refused)
            {
                return refused;
            }

            if (last > _leasedUntil)
            {
                return new KeyIssue(KeyIssueStatus.LeaseNeeded, last + _lease);
            }

            Fill(keys, range, from, sequence);
            return new KeyIssue(KeyIssueStatus.Issued);
        }
    }

    /// <summary>
    /// Says whether a key of this directory can still be issued. An old key that was not issued is skipped from now on, so that it never will be,
    /// even when the clock steps back.
    /// </summary>
    /// <param name="key">A key of this ordinal.</param>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    public KeyIssuance Judge(EventKey key, long now)
    {
        var range = (int)(key.IsReserved ? KeyRange.Reserved : KeyRange.Own);
        lock (_gate)
        {
            if (key < NextOf(range))
            {
                return KeyIssuance.Passed;
            }

            if (key.UnixMilliseconds > now - SuppliedKeyRules.OwnKeyAge)
            {
                return KeyIssuance.Ahead;
            }

            (_nextTime[range], _nextSequence[range]) = (key.UnixMilliseconds + 1, 0);
            return KeyIssuance.Passed;
        }
    }

    /// <summary>
    /// Skips all past keys, so that none smaller than the answer is issued any more, even after the clock steps back, and not by a successor either.
    /// </summary>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    /// <param name="next">The smallest key that may still be issued, in either range.</param>
    /// <returns><see cref="KeyIssueStatus.Issued"/>, or that a lease is needed first.</returns>
    public KeyIssue PassBy(long now, out EventKey next)
    {
        lock (_gate)
        {
            next = default;
            if (now > _leasedUntil)
            {
                return new KeyIssue(KeyIssueStatus.LeaseNeeded, now + _lease);
            }

            for (var range = 0; range < _nextTime.Length; range++)
            {
                (_nextTime[range], _nextSequence[range]) = _nextTime[range] < now ? (now, 0) : (_nextTime[range], _nextSequence[range]);
            }

            var (own, reserved) = (NextOf((int)KeyRange.Own), NextOf((int)KeyRange.Reserved));
            next = own < reserved ? own : reserved;
            return new KeyIssue(KeyIssueStatus.Issued);
        }
    }

    /// <summary>A lower bound of all keys that will be issued in a range.</summary>
    public EventKey Next(KeyRange range)
    {
        lock (_gate)
        {
            return NextOf((int)range);
        }
    }

    /// <summary>Why no key can be issued at a time, lease or not; null when one can.</summary>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    public KeyIssue? WhyRefused(long now)
    {
        lock (_gate)
        {
            return Refuse(Math.Max(_nextTime[0], _nextTime[1]), now);
        }
    }

    /// <summary>Whether more than half of the lease is used up: time to write the next one, before a put has to wait for it.</summary>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    /// <param name="leaseUntil">The time to lease until.</param>
    public bool ShouldExtendLease(long now, out long leaseUntil)
    {
        lock (_gate)
        {
            var used = Math.Max(now, Math.Max(_nextTime[0], _nextTime[1]));
            leaseUntil = used + _lease;
            return used > _leasedUntil - (_lease / 2);
        }
    }

    /// <summary>The lease is on disk: keys up to this time may be issued. An earlier one than before changes nothing.</summary>
    /// <param name="leasedUntil">Milliseconds since 1970 UTC, inclusive.</param>
    public void ExtendLease(long leasedUntil)
    {
        lock (_gate)
        {
            _leasedUntil = Math.Max(_leasedUntil, leasedUntil);
        }
    }

    private EventKey NextOf(int range) => EventKey.Create(
        _nextTime[range], Ordinal, (range == (int)KeyRange.Reserved ? EventKey.FirstReservedSequence : 0) + _nextSequence[range]);

    private void Fill(Span<EventKey> keys, KeyRange range, long time, int sequence)
    {
        var first = range == KeyRange.Reserved ? EventKey.FirstReservedSequence : 0;
        foreach (ref var key in keys)
        {
            key = EventKey.Create(time, Ordinal, first + sequence);
            if (++sequence == SequencesPerRange)
            {
                time++;
                sequence = 0;
            }
        }

        _nextTime[(int)range] = time;
        _nextSequence[(int)range] = sequence;
    }

    private KeyIssue? Refuse(long last, long now)
    {
        if (last < Interval.Containing(now, _intervalLength).Next.EndUnixMilliseconds)
        {
            return null;
        }

        var again = Interval.Containing(last, _intervalLength).Previous.StartUnixMilliseconds;
        return new KeyIssue(
            KeyIssueStatus.ClockTooFarBack,
            Reason: $"The clock says {Format(now)}, but keys were issued or leased before up to {Format(last)}, beyond the next interval. If the clock is "
                + $"right now, keys are issued again from {Format(again)} on; until then put through another silo. If it is not, set it right.",
            OpenFrom: again);
    }

    private static string Format(long unixMilliseconds) =>
        $"{DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
}
