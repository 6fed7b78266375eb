using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using AllData.Events;

namespace AllData.Intervals;

/// <summary>
/// A consolidation interval: a range of key time, aligned to midnight UTC. The previous, the current and the next one are open for puts.
/// </summary>
[Immutable, Alias("AllData.Interval"), JsonConverter(typeof(IntervalJsonConverter))]
public readonly record struct Interval : IComparable<Interval>
{
    private const string NameFormat = "yyyyMMdd'T'HHmmss";

    private Interval(long startUnixMilliseconds, long lengthMilliseconds)
    {
        StartUnixMilliseconds = startUnixMilliseconds;
        LengthMilliseconds = lengthMilliseconds;
    }

    /// <summary>The lengths that an interval may have: P1D, PT3H, PT1H, PT15M, PT5M. Each divides a day.</summary>
    public static ImmutableArray<TimeSpan> AllowedLengths { get; } =
        [TimeSpan.FromDays(1), TimeSpan.FromHours(3), TimeSpan.FromHours(1), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(5)];

    /// <summary>First millisecond, since 1970 UTC.</summary>
    public long StartUnixMilliseconds { get; }

    /// <summary>Length in milliseconds.</summary>
    public long LengthMilliseconds { get; }

    /// <summary>First millisecond after it, since 1970 UTC.</summary>
    public long EndUnixMilliseconds => StartUnixMilliseconds + LengthMilliseconds;

    /// <summary>Its first minute.</summary>
    public UnixMinute FirstMinute => UnixMinute.OfUnixMilliseconds(StartUnixMilliseconds);

    /// <summary>The first minute after it.</summary>
    public UnixMinute EndMinute => UnixMinute.OfUnixMilliseconds(EndUnixMilliseconds);

    /// <summary>The smallest key in it.</summary>
    public EventKey FirstKey => EventKey.FirstAt(StartUnixMilliseconds);

    /// <summary>The first key beyond it: the end of a range. Of the last interval of the year 9999 that is <see cref="EventKey.MaxValue"/>.</summary>
    public EventKey EndKey => EndUnixMilliseconds > EventKey.MaxValue.UnixMilliseconds ? EventKey.MaxValue : EventKey.FirstAt(EndUnixMilliseconds);

    /// <summary>The interval before.</summary>
    public Interval Previous => new(StartUnixMilliseconds - LengthMilliseconds, LengthMilliseconds);

    /// <summary>The interval after.</summary>
    public Interval Next => new(EndUnixMilliseconds, LengthMilliseconds);

    /// <summary>The interval that a time lies in.</summary>
    /// <param name="unixMilliseconds">Milliseconds since 1970 UTC, not negative.</param>
    /// <param name="length">One of <see cref="AllowedLengths"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not allowed or the time is negative.</exception>
    public static Interval Containing(long unixMilliseconds, TimeSpan length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(unixMilliseconds);
        if (!AllowedLengths.Contains(length))
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "An interval is one day, three hours, one hour, 15 or 5 minutes long.");
        }

        var milliseconds = (long)length.TotalMilliseconds;
        return new Interval(unixMilliseconds - (unixMilliseconds % milliseconds), milliseconds);
    }

    /// <summary>The interval that a minute lies in.</summary>
    /// <param name="minute">Not before 1970 and not far behind all keys.</param>
    /// <param name="length">One of <see cref="AllowedLengths"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not allowed or the minute lies before 1970.</exception>
    public static Interval Containing(UnixMinute minute, TimeSpan length) => Containing(minute.StartUnixMilliseconds, length);

    /// <summary>Builds an interval from start and length; false if they are not valid. All zero is the interval that is not set.</summary>
    internal static bool TryCreate(long startUnixMilliseconds, long lengthMilliseconds, out Interval interval)
    {
        interval = new Interval(startUnixMilliseconds, lengthMilliseconds);
        return interval == default || (lengthMilliseconds is > 0 and <= 86_400_000 && AllowedLengths.Contains(TimeSpan.FromMilliseconds(lengthMilliseconds))
            && startUnixMilliseconds >= 0 && startUnixMilliseconds <= EventKey.MaxValue.UnixMilliseconds && startUnixMilliseconds % lengthMilliseconds == 0);
    }

    /// <summary>Whether a key's time lies in it.</summary>
    public bool Contains(EventKey key) => key.UnixMilliseconds >= StartUnixMilliseconds && key.UnixMilliseconds < EndUnixMilliseconds;

    /// <summary>Whether a minute lies in it.</summary>
    public bool Contains(UnixMinute minute) => minute >= FirstMinute && minute < EndMinute;

    /// <summary>Whether this one is open for puts at a time: it is the one that the time lies in, the one before or the one after.</summary>
    public bool IsOpenAt(long unixMilliseconds) =>
        unixMilliseconds >= StartUnixMilliseconds - LengthMilliseconds && unixMilliseconds < EndUnixMilliseconds + LengthMilliseconds;

    /// <inheritdoc/>
    public int CompareTo(Interval other) => StartUnixMilliseconds.CompareTo(other.StartUnixMilliseconds);

    /// <summary>Its start, <c>YYYYMMDDThhmmss</c> UTC; also the name of its file.</summary>
    public override string ToString() =>
        DateTimeOffset.FromUnixTimeMilliseconds(StartUnixMilliseconds).ToString(NameFormat, CultureInfo.InvariantCulture);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(Interval left, Interval right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(Interval left, Interval right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(Interval left, Interval right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(Interval left, Interval right) => left.CompareTo(right) >= 0;
}
