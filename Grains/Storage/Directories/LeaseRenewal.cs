namespace AllData.Storage.Directories;

/// <summary>What an opening of a data directory writes into its lease, so that no key and no block id of an earlier run is repeated.</summary>
internal static class LeaseRenewal
{
    /// <summary>
    /// How far a lease reaches beyond the clock, at most. After damage to the newest slot keys begin above the clock, the file's own time and the lease
    /// before by this much and a second more: above every lease that could have been written.
    /// </summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(1);

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
        var seconds = (now - Epoch) / 1000;
        var next = Math.Max(checked(incarnation + (isNewestUnknown ? 2 : 1)), seconds is > 0 and < int.MaxValue / 2 ? (int)seconds : 0);
        return isNewestUnknown
            ? (Math.Max(leasedUntil, Math.Max(now, lastWritten)) + (long)LongestLease.TotalMilliseconds + 1000, next)
            : (leasedUntil, next);
    }
}
