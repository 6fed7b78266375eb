using System.IO.Hashing;

namespace AllData.Storage.Directories;

/// <summary>What an opening of a data directory writes into its lease, so that no key and no block id of an earlier run is repeated.</summary>
internal static class LeaseRenewal
{
    /// <summary>
    /// How far a lease reaches beyond the clock, at most. After damage to the newest slot keys begin above the clock, the file's own time and the lease
    /// before by this much and a second more: above every lease that could have been written.
    /// </summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(1);

    // Seconds. Openings within a second count on.
    private const int AheadOfClock = 2;
    private const ulong LongestStep = 1 << 16;

    private static readonly long Epoch = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>The lease and the incarnation that the opening begins with.</summary>
    /// <param name="leasedUntil">What the intact slot says.</param>
    /// <param name="incarnation">The same.</param>
    /// <param name="isNewestUnknown">Whether the other slot, which may have been newer, cannot be read.</param>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    /// <param name="lastWritten">When the file was written last, by the clock of then.</param>
    public static (long LeasedUntil, int Incarnation) Next(long leasedUntil, int incarnation, bool isNewestUnknown, long now, long lastWritten)
    {
        // Seconds instead of a count: a directory that was restored from a backup does not know how often it was opened since.
        var seconds = (now - Epoch) / 1000 is > 0 and < int.MaxValue / 2 and var clock ? (int)clock : 0;

        // Nor do seconds tell it where the clock was ahead when it was opened before: then the moment of the opening decides how far it moves on.
        var step = incarnation > seconds + AheadOfClock ? (int)(Mix(now, lastWritten) % LongestStep) : 0;
        var next = Math.Max(checked(incarnation + step + (isNewestUnknown ? 2 : 1)), seconds);
        return isNewestUnknown
            ? (Math.Max(leasedUntil, Math.Max(now, lastWritten)) + (long)LongestLease.TotalMilliseconds + 1000, next)
            : (leasedUntil, next);
    }

    private static ulong Mix(long now, long lastWritten) => XxHash3.HashToUInt64(BitConverter.GetBytes(lastWritten), now);
}
