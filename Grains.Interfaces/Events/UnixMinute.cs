using System.Globalization;

namespace AllData.Events;

/// <summary>
/// A minute of key time: whole minutes since 1970-01-01 UTC. No block crosses one, and what a replica holds is counted by it. It may lie behind all
/// keys, where a run of minutes ends.
/// </summary>
/// <param name="Value">Minutes since 1970-01-01 UTC; any number, because it may come from another peer.</param>
/// <remarks>Whatever is derived from it saturates: minutes at the largest number, keys at <see cref="EventKey.MaxValue"/>.</remarks>
[Immutable]
public readonly record struct UnixMinute(long Value) : IComparable<UnixMinute>
{
    /// <summary>Milliseconds of a minute.</summary>
    public const long Milliseconds = 60_000;

    private const string NameFormat = "yyyyMMdd'T'HHmm";

    /// <summary>The first minute of 1970, and so of all keys.</summary>
    public static UnixMinute First => default;

    /// <summary>The first minute behind all keys: where a run of all minutes ends.</summary>
    public static UnixMinute End { get; } = Of(EventKey.MaxValue).Next();

    /// <summary>The time at which it begins, UTC; of one behind all keys, the last minute's, and of one before 1970, the first's.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Value, 0, End.Value - 1) * Milliseconds);

    /// <summary>The minute that a key lies in.</summary>
    public static UnixMinute Of(EventKey key) => OfUnixMilliseconds(key.UnixMilliseconds);

    /// <summary>The minute that a time lies in; of one before 1970, the first.</summary>
    /// <param name="unixMilliseconds">Milliseconds since 1970 UTC.</param>
    public static UnixMinute OfUnixMilliseconds(long unixMilliseconds) => new(Math.Max(0, unixMilliseconds) / Milliseconds);

    /// <summary>The minute that a time lies in; of one before 1970, the first.</summary>
    public static UnixMinute Of(DateTimeOffset time) => OfUnixMilliseconds(time.ToUnixTimeMilliseconds());

    /// <summary>The earlier of two.</summary>
    public static UnixMinute Min(UnixMinute left, UnixMinute right) => left < right ? left : right;

    /// <summary>The later of two.</summary>
    public static UnixMinute Max(UnixMinute left, UnixMinute right) => left > right ? left : right;

    /// <summary>First millisecond, since 1970 UTC.</summary>
    /// <exception cref="OverflowException">It lies far behind all keys.</exception>
    public long StartUnixMilliseconds => checked(Value * Milliseconds);

    /// <summary>First millisecond after it, since 1970 UTC.</summary>
    /// <exception cref="OverflowException">It lies far behind all keys.</exception>
    public long EndUnixMilliseconds => checked((Value + 1) * Milliseconds);

    /// <summary>The minute after.</summary>
    // No properties here: whatever walks through those of a key would follow them without an end.
    public UnixMinute Next() => this + 1;

    /// <summary>The minute before.</summary>
    public UnixMinute Previous() => this - 1;

    /// <summary>The smallest key in it; behind all keys, the largest of them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It lies before 1970.</exception>
    public EventKey GetFirstKey() => this < End ? EventKey.FirstAt(StartUnixMilliseconds) : EventKey.MaxValue;

    /// <summary>The first key beyond it: the end of a range. Of the last minute of the year 9999 that is <see cref="EventKey.MaxValue"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It lies before 1970.</exception>
    public EventKey GetEndKey() => Next().GetFirstKey();

    /// <inheritdoc/>
    public int CompareTo(UnixMinute other) => Value.CompareTo(other.Value);

    /// <summary>Its start, <c>YYYYMMDDThhmm</c> UTC; its number, when it is no minute of a key.</summary>
    public override string ToString() =>
        this < First || this >= End ? Value.ToString(CultureInfo.InvariantCulture) : Timestamp.ToString(NameFormat, CultureInfo.InvariantCulture);

    /// <summary>The minute so many minutes later, or earlier.</summary>
    public static UnixMinute operator +(UnixMinute minute, long minutes)
    {
        var sum = unchecked(minute.Value + minutes);

        // Over: both had one sign, and the sum has the other.
        return ((minute.Value ^ sum) & (minutes ^ sum)) >= 0 ? new(sum) : new(minutes > 0 ? long.MaxValue : long.MinValue);
    }

    /// <summary>The minute so many minutes earlier, or later.</summary>
    public static UnixMinute operator -(UnixMinute minute, long minutes) => minute + -Math.Max(minutes, -long.MaxValue);

    /// <summary>Minutes from the right one to the left one.</summary>
    public static long operator -(UnixMinute left, UnixMinute right) => left.Value - right.Value;

    /// <summary>Whether the left minute is before the right one.</summary>
    public static bool operator <(UnixMinute left, UnixMinute right) => left.Value < right.Value;

    /// <summary>Whether the left minute is after the right one.</summary>
    public static bool operator >(UnixMinute left, UnixMinute right) => left.Value > right.Value;

    /// <summary>Whether the left minute is before the right one or is the same.</summary>
    public static bool operator <=(UnixMinute left, UnixMinute right) => left.Value <= right.Value;

    /// <summary>Whether the left minute is after the right one or is the same.</summary>
    public static bool operator >=(UnixMinute left, UnixMinute right) => left.Value >= right.Value;
}
