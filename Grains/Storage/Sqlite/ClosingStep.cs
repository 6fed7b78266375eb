namespace AllData.Storage.Sqlite;

/// <summary>A step of closing an interval, after which the process may die.</summary>
internal enum ClosingStep
{
    /// <summary>The promise is durable in the file.</summary>
    Promised,

    /// <summary>What the file holds is written into it.</summary>
    Summed,

    /// <summary>The file is out of its write-ahead log.</summary>
    OutOfLog,

    /// <summary>The file is read-only.</summary>
    ReadOnly,

    /// <summary>The file's note says so.</summary>
    Noted,

    /// <summary>Repair is about to change a closed interval: its note no longer calls the file self-contained.</summary>
    Reopened,

    /// <summary>The file is no longer read-only.</summary>
    Writable,

    /// <summary>The file is in a write-ahead log again.</summary>
    InLog,
}
