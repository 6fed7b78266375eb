namespace AllData.Storage.Sqlite;

/// <summary>Where tests reach into the engine in files.</summary>
internal sealed record SqliteSeams
{
    /// <summary>What a user gets.</summary>
    public static SqliteSeams None { get; } = new();

    /// <summary>SQLite's virtual file system; null is the default one. Tests inject faults with it.</summary>
    public string? Vfs { get; init; }

    /// <summary>Called after each step of closing an interval. Tests look at what a crash would leave there.</summary>
    public Action<ClosingStep>? OnClosingStep { get; init; }

    /// <summary>Whether commits are flushed. Only a test switches it off, to see that it notices.</summary>
    public bool Flush { get; init; } = true;
}
