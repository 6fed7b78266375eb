using AllData.Errors;
using AllData.Events;
using AllData.Intervals;

namespace AllData.Protocol;

/// <summary>
/// Which keys a client may give for a new event. A key that is found stored is answered before these rules are asked: a retry is safe for
/// ever.
/// </summary>
public static class GivenKeyRules
{
    /// <summary>
    /// How old a key of a coordinator's own range must be, milliseconds: older than any lease in which it could still be issued.
    /// </summary>
    public const long OwnKeyAge = 10_000;

    /// <summary>Refuses a key that a client may not give.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The coordinator's clock, milliseconds since 1970 UTC.</param>
    /// <param name="intervalLength">One of <see cref="Interval.AllowedLengths"/>.</param>
    /// <exception cref="InvalidKeyException">It may not be given; the sentence says why.</exception>
    public static void Check(EventKey key, long now, TimeSpan intervalLength)
    {
        if (WhyRefused(key, now, intervalLength) is { } reason)
        {
            throw new InvalidKeyException(reason, key);
        }
    }

    /// <summary>Why a client may not give a key; null when it may.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The coordinator's clock, milliseconds since 1970 UTC.</param>
    /// <param name="intervalLength">One of <see cref="Interval.AllowedLengths"/>.</param>
    public static string? WhyRefused(EventKey key, long now, TimeSpan intervalLength)
    {
        var current = Interval.Containing(now, intervalLength);
        if (!current.IsOpenAt(key.UnixMilliseconds))
        {
            return $"Key {key} lies outside the open intervals, which reach from {current.Previous} to {current.Next.Next} at "
                + $"{DateTimeOffset.FromUnixTimeMilliseconds(now):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}. Reserve a new key.";
        }

        return !key.IsReserved && key.UnixMilliseconds >= now - OwnKeyAge
            ? $"Key {key} is of the range that coordinators issue for their own puts and not older than {OwnKeyAge / 1_000} s, "
                + "so it may yet be issued. Reserve a key, or wait."
            : null;
    }
}
