namespace AllData.Storage.Log;

/// <summary>A step of closing an interval, after which the process may die.</summary>
internal enum LogClosingStep
{
    /// <summary>The promise is durable.</summary>
    Promised,

    /// <summary>The file of the closed interval is written and checked, under another name.</summary>
    Written,

    /// <summary>It has its name.</summary>
    Renamed,

    /// <summary>It is read-only.</summary>
    ReadOnly,

    /// <summary>Its note says so.</summary>
    Noted,

    /// <summary>The segments are gone.</summary>
    Removed,

    /// <summary>Repair is about to change a closed interval: its note no longer calls its file self-contained.</summary>
    Reopened,
}

/// <summary>Where tests reach into the log store.</summary>
internal sealed record LogSeams
{
    /// <summary>What a user gets.</summary>
    public static LogSeams None { get; } = new();

    /// <summary>What is done to files.</summary>
    public ILogDisk Disk { get; init; } = SystemLogDisk.Instance;

    /// <summary>Gives a new file its id. Tests of the format give the same ones each time.</summary>
    public Func<Guid> NewFileId { get; init; } = Guid.NewGuid;

    /// <summary>Called after each step of closing an interval. Tests look at what a crash would leave there.</summary>
    public Action<LogClosingStep>? OnClosingStep { get; init; }

    /// <summary>Whether commits are flushed. Only a test switches it off, to see that it notices.</summary>
    public bool Flush { get; init; } = true;
}
