using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Protocol.Keys;

/// <summary>
/// Which keys a client may give for a new event. A key that is found stored is answered before these rules are asked: a retry is safe for
/// ever.
/// </summary>
internal static class SuppliedKeyRules
{
    /// <summary>
    /// How old a key of a coordinator's own range must be, milliseconds: older than any lease in which it could still be issued.
    /// </summary>
    public const long OwnKeyAge = 10_000;

    /// <summary>
    /// How far the clocks of two silos may be apart without harm, milliseconds: a reserved key that is older can no longer be issued by a silo whose
    /// word is not to be had, and one that is newer than now by more is of the future.
    /// </summary>
    public const long ClockTolerance = 2_000;

    /// <summary>Why a client may not give a key; null when it may.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The coordinator's clock, milliseconds since 1970 UTC.</param>
    /// <param name="intervalLength">One of <see cref="Interval.AllowedLengths"/>.</param>
    /// <param name="issuance">What the silo that issues such keys says of it.</param>
    public static string? WhyRefused(EventKey key, long now, TimeSpan intervalLength, KeyIssuance issuance)
    {
        var current = Interval.Containing(now, intervalLength);
        if (!current.IsOpenAt(key.UnixMilliseconds))
        {
            return $"Key {key} lies outside the open intervals, which reach from {current.Previous} to {current.Next.Next} at {Format(now)}. "
                + "Reserve a new key.";
        }

        if (issuance == KeyIssuance.Ahead)
        {
            return $"Key {key} has not been issued yet, says the silo that issues keys of ordinal {key.Ordinal}: another put may get it later. "
                + "Reserve a key, and put under that.";
        }

        if (issuance == KeyIssuance.NotKnown && key.UnixMilliseconds > now + ClockTolerance)
        {
            return $"Key {key} lies in the future: it is {Format(now)}, and no silo says that it has issued it. Reserve a key, and put under that.";
        }

        return !key.IsReserved && key.UnixMilliseconds >= now - OwnKeyAge
            ? $"Key {key} is of the range that coordinators issue for their own puts and not older than {OwnKeyAge / 1_000} s, "
                + "so it may yet be issued. Reserve a key, or wait."
            : null;
    }

    /// <summary>Whether a key is so new that only its issuing silo can say whether it may be given, and that silo has not said so.</summary>
    /// <param name="key">The key, which these rules do not refuse.</param>
    /// <param name="now">The coordinator's clock, milliseconds since 1970 UTC.</param>
    /// <param name="issuance">What the silo that issues such keys says of it.</param>
    public static bool NeedsIssuer(EventKey key, long now, KeyIssuance issuance) =>
        issuance == KeyIssuance.NotKnown && key.UnixMilliseconds > now - ClockTolerance;

    private static string Format(long unixMilliseconds) =>
        $"{DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
}
