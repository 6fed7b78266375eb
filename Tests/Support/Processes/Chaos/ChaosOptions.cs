namespace AllData.Tests.Support;

/// <summary>A run of faults under load.</summary>
internal sealed record ChaosOptions
{
    /// <summary>Decides the faults.</summary>
    public required int Seed { get; init; }

    /// <summary>How long faults are begun.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>Puts in a second, at most.</summary>
    public int PerSecond { get; init; } = 1_000;

    /// <summary>Settings of the silos.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>How long to wait until all copies are where they are meant to be.</summary>
    public TimeSpan ConvergenceBound { get; init; } = TimeSpan.FromMinutes(10);
}
