namespace AllData.Consumers;

/// <summary>
/// A consumer as it is kept in grain storage. Plain members, so that any serializer and any person can read it; <see cref="ConsumerRules"/> has the rules.
/// </summary>
[GenerateSerializer, Alias("AllData.ConsumerState")]
internal sealed record ConsumerState
{
    /// <summary>The number of the holder; 0: there is no such consumer.</summary>
    [Id(0)]
    public long Epoch { get; init; }

    /// <summary>The key up to which all is acknowledged; empty: not known yet.</summary>
    [Id(1)]
    public string Position { get; init; } = "";

    /// <summary>What the holder calls itself.</summary>
    [Id(2)]
    public string Holder { get; init; } = "";

    /// <summary>When the position was written, milliseconds since 1970 UTC.</summary>
    [Id(3)]
    public long WrittenAt { get; init; }

    /// <summary>Since when the holder has it, milliseconds since 1970 UTC.</summary>
    [Id(4)]
    public long HeldSince { get; init; }

    /// <summary>When it was made, milliseconds since 1970 UTC.</summary>
    [Id(5)]
    public long CreatedAt { get; init; }
}

/// <summary>The names of all consumers as they are kept in grain storage.</summary>
[GenerateSerializer, Alias("AllData.ConsumerCatalogState")]
internal sealed record ConsumerCatalogState
{
    /// <summary>The names, ascending.</summary>
    [Id(0)]
    public List<string> Names { get; init; } = [];
}
