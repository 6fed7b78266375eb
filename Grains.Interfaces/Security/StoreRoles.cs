namespace AllData.Security;

/// <summary>What a caller may do. No role includes another one.</summary>
[Flags]
internal enum StoreRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read events, scan, export, and see which peers there are.</summary>
    Reader = 1,

    /// <summary>Put events and reserve keys.</summary>
    Writer = 2,

    /// <summary>Change the peers (add, drain, drop, move), and see how they stand (status, audit, scrub).</summary>
    Operator = 4,
}
