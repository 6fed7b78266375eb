namespace AllData.Protocol.Keys;

/// <summary>The two kinds of keys that a coordinator issues, each with its own sequence within the millisecond.</summary>
internal enum KeyRange
{
    /// <summary>Keys of the coordinator's own puts: sequences 00000–49999.</summary>
    Own = 0,

    /// <summary>Keys that <c>ReserveKeys</c> hands out: sequences 50000–99999.</summary>
    Reserved = 1,
}

/// <summary>The outcome of a request for keys.</summary>
internal enum KeyIssueStatus
{
    /// <summary>All keys were issued.</summary>
    Issued = 0,

    /// <summary>None: they lie beyond the lease. Write a lease until <see cref="KeyIssue.LeaseUntil"/> to disk, then ask again.</summary>
    LeaseNeeded = 1,

    /// <summary>None: the clock was set back so far that keys would run beyond the interval after its own.</summary>
    ClockTooFarBack = 2,
}

/// <summary>The answer to a request for keys: all or none.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="LeaseUntil">When a lease is needed: the time to lease until, milliseconds since 1970 UTC, inclusive.</param>
/// <param name="Reason">When the clock is too far back: a sentence with both times and the way out.</param>
/// <param name="OpenFrom">When the clock is too far back: what it has to show before keys are issued again, milliseconds since 1970 UTC.</param>
internal readonly record struct KeyIssue(KeyIssueStatus Status, long LeaseUntil = 0, string? Reason = null, long OpenFrom = 0);
