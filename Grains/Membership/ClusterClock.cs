using System.Globalization;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Clocks;

namespace AllData.Membership;

/// <summary>
/// This silo's time: its own clock, compared with the machine's monotonic clock and with the other silos' clocks. It answers from what is
/// known and never waits; <see cref="ClockWatch"/> asks the others. Safe for several threads.
/// </summary>
internal sealed class ClusterClock : IConditionSource
{
    private readonly Lock _gate = new();
    private readonly MaintenanceOptions _upkeep;
    private readonly TimeSpan _intervalLength;
    private readonly TimeProvider _time;
    private readonly SteadyClock _own;
    private readonly LateKeys _late;
    private readonly Dictionary<PeerId, ClockSample> _samples = [];
    private volatile ClockVerdict? _verdict;

    public ClusterClock(AllDataOptions options, TimeProvider time)
    {
        (_upkeep, _intervalLength, _time) = (options.Maintenance, options.IntervalLength, time);
        _own = new SteadyClock(Wall, Monotonic);
        _late = new LateKeys((long)_upkeep.CloseDelay.TotalMilliseconds);
        Agreed = new AgreedTime(this, time);
    }

    /// <summary>The time of day that the silos agree on, as <see cref="UnixMilliseconds"/>, with this machine's monotonic clock and its timers.</summary>
    public TimeProvider Agreed { get; }

    /// <summary>
    /// The time that the silos agree on, milliseconds since 1970 UTC; this silo's own clock where no other has answered for long.
    /// </summary>
    public long UnixMilliseconds => Valid(Monotonic) is { } verdict ? verdict.TimeAt(Monotonic) : Wall;

    /// <summary>The monotonic clock, milliseconds.</summary>
    public long Monotonic => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Whether another silo's clock is known.</summary>
    public bool IsCompared => _verdict is not null;

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (DescribeDifference() is { } difference)
            {
                yield return difference;
            }

            if (DescribeJump() is { } jump)
            {
                yield return jump;
            }
        }
    }

    private long Wall => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private long Trust => (long)_upkeep.ClockTrust.TotalMilliseconds;

    private long Delay => (long)_upkeep.CloseDelay.TotalMilliseconds;

    /// <summary>Reads this silo's clock for another silo.</summary>
    public ClockReading Read()
    {
        lock (_gate)
        {
            return _own.Read(Wall, Monotonic);
        }
    }

    /// <summary>Checks whether this silo's clock has jumped.</summary>
    /// <returns>By how much since the last look; zero when it has not.</returns>
    public TimeSpan Observe()
    {
        lock (_gate)
        {
            return TimeSpan.FromMilliseconds(_own.Observe(Wall, Monotonic));
        }
    }

    /// <summary>Takes what other silos' clocks showed.</summary>
    /// <param name="answers">The answers of a round.</param>
    /// <param name="others">All other peers that may be asked; readings of any other peer are forgotten.</param>
    public void Take(IEnumerable<ClockSample> answers, IReadOnlyCollection<PeerId> others)
    {
        lock (_gate)
        {
            foreach (var answer in answers.Where(static a => ClockAgreement.IsPossible(a.Reading)))
            {
                _samples[answer.Peer] = answer;
            }

            foreach (var gone in _samples.Keys.Except(others).ToList())
            {
                _samples.Remove(gone);
            }

            // If none answers, the earlier agreement stays: it needs no wall clock. If there is no other silo, there is nothing to agree on.
            var verdict = ClockAgreement.Judge(_own.Read(Wall, Monotonic), _samples.Values, Monotonic);
            _verdict = verdict ?? (others.Count == 0 ? null : _verdict);
        }
    }

    /// <summary>A block under fresh keys has arrived.</summary>
    public void OnFreshKey(long keyTime)
    {
        if (keyTime < Interval.Containing(UnixMilliseconds, _intervalLength).Previous.StartUnixMilliseconds)
        {
            _late.OnArrived(keyTime, Monotonic);
        }
    }

    /// <summary>
    /// Why this silo may issue no keys now; null when it may. Keys far ahead would be refused by other silos and would keep this one from issuing
    /// any when its clock is right again; keys of an interval that is over for the others are refused by them.
    /// </summary>
    public string? WhyNoKeys()
    {
        if (Valid(Monotonic) is not { } verdict)
        {
            return null;
        }

        var (own, agreed) = (Wall, verdict.TimeAt(Monotonic));
        return own - agreed > Delay || !Interval.Containing(own, _intervalLength).IsOpenAt(agreed)
            ? $"The clock of this silo says {Format(own)}, the clocks of the other silos say {Format(agreed)}: it is {Describe(own - agreed)}. "
                + "Set this machine's clock right, or put through another silo."
            : null;
    }

    /// <summary>Why an interval is not known to be over, with no more puts to come; null if it is.</summary>
    public string? WhyNotOver(Interval interval)
    {
        lock (_gate)
        {
            var (own, now, end) = (Wall, Monotonic, interval.Next.EndUnixMilliseconds);
            _ = _own.Observe(own, now);
            return own - Delay < end ? $"this silo's clock says {Format(own)}, and puts of it may come until {Format(end + Delay)}"
                : !_late.IsOver(interval.EndUnixMilliseconds, now) ? "fresh events of it still arrive"
                : _verdict is { } verdict ? WhyNotOver(verdict, own, now, end)
                : _own.SteadyAt(now) < Trust ? $"no other silo has reported its clock, and this silo's has been steady only for {Seconds(_own.SteadyAt(now))}"
                : null;
        }
    }

    private string? WhyNotOver(ClockVerdict verdict, long own, long now, long end)
    {
        var isFresh = now - verdict.At <= ClockAgreement.SampleAge;
        return Math.Abs(own - verdict.TimeAt(now)) > ClockAgreement.Tolerance || verdict.EarliestAt(now) - Delay < end
                ? $"the other silos' clocks say {Format(verdict.EarliestAt(now))}"
            : !verdict.IsMajority || !verdict.IncludesOwn ? "the silos' clocks differ"
            : (!isFresh || _own.LastJump != 0) && _own.SteadyAt(now) < Trust
                ? $"this silo's clock has been steady only for {Seconds(_own.SteadyAt(now))}"
            : null;
    }

    // A verdict older than the time for which a clock must run to be trusted alone does not outweigh it.
    private ClockVerdict? Valid(long now) =>
        _verdict is { } verdict && now - verdict.At <= Math.Max(Trust, ClockAgreement.SampleAge) ? verdict : null;

    private SiloCondition? DescribeDifference()
    {
        if (Valid(Monotonic) is not { } verdict)
        {
            return null;
        }

        var (own, keys) = (Wall - verdict.TimeAt(Monotonic), WhyNoKeys());
        var names = string.Join(", ", verdict.Others.Select(static o => $"peer '{o.Peer}' {Describe(o.Ahead)}"));
        return keys is not null ? new SiloCondition(Code, StopsPuts: true, keys)
            : Math.Abs(own) > ClockAgreement.Tolerance ? new SiloCondition(
                Code, StopsPuts: false, $"The clock of this silo is {Describe(own)} of the other silos'. Set this machine's clock right; until then "
                    + "this peer closes no interval.")
            : verdict.Others.Length > 0 ? new SiloCondition(
                Code, StopsPuts: false, $"Clocks differ from this silo's and those that agree with it: {names}. Set them right.")
            : null;
    }

    private SiloCondition? DescribeJump()
    {
        lock (_gate)
        {
            var left = Trust - _own.SteadyAt(Monotonic);
            return _own.LastJump == 0 || left <= 0 ? null : new SiloCondition(
                "clock-jumped", StopsPuts: false,
                $"The clock of this silo jumped {Seconds(Math.Abs(_own.LastJump))} {(_own.LastJump > 0 ? "forwards" : "back")}. If it is wrong now, set "
                    + "it right: "
                + $"this peer closes no interval for another {Seconds(left)}.");
        }
    }

    private const string Code = "clock-differs";

    private static string Describe(long ahead) => $"{Seconds(Math.Abs(ahead))} {(ahead > 0 ? "ahead" : "behind")}";

    // Rounded to the nearest second, from an hour on to the nearest minute: on a busy machine, exchanging clocks is not more precise than that.
    private static string Seconds(long milliseconds)
    {
        var unit = milliseconds < 3_600_000 ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1);
        return (Math.Round(TimeSpan.FromMilliseconds(milliseconds) / unit) * unit).ToString("g", CultureInfo.InvariantCulture);
    }

    private static string Format(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed class AgreedTime(ClusterClock clock, TimeProvider machine) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

        public override long TimestampFrequency => machine.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(clock.UnixMilliseconds);

        public override long GetTimestamp() => machine.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            machine.CreateTimer(callback, state, dueTime, period);
    }
}
