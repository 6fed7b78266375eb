namespace AllData.Tests.Support;

/// <summary>How long a store is sent what it may not expect.</summary>
internal sealed record FuzzOptions
{
    /// <summary>Decides every case.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Requests after which it ends.</summary>
    public int Requests { get; init; } = 20_000;

    /// <summary>Connections at once.</summary>
    public int Workers { get; init; } = 24;

    /// <summary>It ends after this, too.</summary>
    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(60);
}
