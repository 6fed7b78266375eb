using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Protocol.Clocks;

/// <summary>Another silo's clock as it was read once: at some moment between the question and the answer.</summary>
/// <param name="Peer">The silo's peer.</param>
/// <param name="Reading">What it said.</param>
/// <param name="SentAt">When it was asked, by this process's monotonic clock, milliseconds.</param>
/// <param name="ReceivedAt">When the answer was here.</param>
internal sealed record ClockSample(PeerId Peer, ClockReading Reading, long SentAt, long ReceivedAt)
{
    /// <summary>The earliest time that the clock can show at a moment of the monotonic clock, milliseconds since 1970 UTC.</summary>
    public long EarliestAt(long monotonic) => Reading.UnixMilliseconds + monotonic - ReceivedAt;

    /// <summary>The latest time that it can show then.</summary>
    public long LatestAt(long monotonic) => Reading.UnixMilliseconds + monotonic - SentAt;

    /// <summary>For how long it has run without a jump, milliseconds.</summary>
    public long SteadyAt(long monotonic) => Reading.SteadyMilliseconds + monotonic - ReceivedAt;
}

/// <summary>
/// What the clocks of several silos say together. Clocks that are close to each other agree; the largest group of such clocks gives the time. Of
/// equally large groups, the one counts whose clock has run without a jump for longest: a clock that was set a moment ago, or belongs to a silo that
/// has just started, does not overrule one that has run well for days.
/// </summary>
internal static class ClockAgreement
{
    /// <summary>How far clocks that agree lie apart at most, milliseconds.</summary>
    public const long Tolerance = 30_000;

    /// <summary>For how long a sample counts, milliseconds: several rounds of asking, too short for clocks to drift.</summary>
    public const long SampleAge = 60_000;

    private const long LatestTime = 253_402_300_799_999;

    /// <summary>Whether a reading is a valid time.</summary>
    public static bool IsPossible(ClockReading reading) =>
        reading is { UnixMilliseconds: >= 0 and <= LatestTime, SteadyMilliseconds: >= 0 and <= LatestTime };

    /// <summary>What the clocks say now.</summary>
    /// <param name="own">This silo's clock now.</param>
    /// <param name="samples">Other silos' clocks; old samples do not count.</param>
    /// <param name="now">The monotonic clock now, milliseconds.</param>
    /// <returns>Null when no other silo's clock is known.</returns>
    public static ClockVerdict? Judge(ClockReading own, IEnumerable<ClockSample> samples, long now)
    {
        List<Voter> voters = [new(null, own.UnixMilliseconds, own.UnixMilliseconds, own.SteadyMilliseconds)];
        voters.AddRange(samples.Where(s => now - s.ReceivedAt <= SampleAge)
            .Select(s => new Voter(s.Peer, s.EarliestAt(now), s.LatestAt(now), s.SteadyAt(now))));
        if (voters.Count == 1)
        {
            return null;
        }

        voters.Sort(static (a, b) => a.Earliest.CompareTo(b.Earliest));
        var (first, count) = FindLeading(voters);
        var leading = voters.GetRange(first, count);
        var agreed = leading[count / 2].Earliest;
        return new ClockVerdict(now, agreed, leading[0].Earliest)
        {
            IncludesOwn = leading.Exists(static v => v.Peer is null),
            IsMajority = count * 2 > voters.Count,
            Others = [.. voters.Except(leading).Where(static v => v.Peer is not null).Select(v => new ClockDifference(v.Peer!.Value, v.Earliest - agreed))],
        };
    }

    private static (int First, int Count) FindLeading(List<Voter> voters)
    {
        var best = (First: 0, Count: 0, Steady: -1L);
        for (int first = 0, end = 0; first < voters.Count; first++)
        {
            while (end < voters.Count && voters[end].Latest - voters[first].Earliest <= Tolerance)
            {
                end++;
            }

            // A clock that was read over a very slow call agrees with none, not even itself.
            end = Math.Max(end, first + 1);
            var steady = voters.GetRange(first, end - first).Max(static v => v.Steady);
            if ((end - first, steady).CompareTo((best.Count, best.Steady)) > 0)
            {
                best = (first, end - first, steady);
            }
        }

        return (best.First, best.Count);
    }

    private sealed record Voter(PeerId? Peer, long Earliest, long Latest, long Steady);
}

/// <summary>A clock that does not agree with the others.</summary>
/// <param name="Peer">The silo's peer.</param>
/// <param name="Ahead">By how much it is ahead, milliseconds; negative: behind.</param>
internal readonly record struct ClockDifference(PeerId Peer, long Ahead);

/// <summary>What several clocks agreed on at one moment. It continues with the monotonic clock, so that no wall clock can move it.</summary>
/// <param name="At">The moment, by the monotonic clock, milliseconds.</param>
/// <param name="Agreed">The agreed time at that moment, milliseconds since 1970 UTC.</param>
/// <param name="Earliest">The earliest time that any agreeing clock can have shown then.</param>
internal sealed record ClockVerdict(long At, long Agreed, long Earliest)
{
    /// <summary>Whether this silo's clock is one of those that agree.</summary>
    public required bool IncludesOwn { get; init; }

    /// <summary>Whether more than half of all clocks that answered agree, this silo's included.</summary>
    public required bool IsMajority { get; init; }

    /// <summary>Other silos whose clocks do not agree.</summary>
    public required ImmutableArray<ClockDifference> Others { get; init; }

    /// <summary>The agreed time at a later moment of the monotonic clock.</summary>
    public long TimeAt(long monotonic) => Agreed + monotonic - At;

    /// <summary>The earliest time that any agreeing clock shows at a moment.</summary>
    public long EarliestAt(long monotonic) => Earliest + monotonic - At;
}
