using System.Collections.Immutable;
using System.Globalization;

namespace AllData.Peers;

/// <summary>
/// A region of a store of several clusters that was dropped: nothing that its peers hold is waited for, and nothing that they say is believed.
/// </summary>
[GenerateSerializer, Immutable, Alias("AllData.DroppedRegion")]
public sealed record DroppedRegion
{
    /// <summary>How a time is written: whole seconds, UTC.</summary>
    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The region.</summary>
    [Id(0)]
    public required string Region { get; init; }

    /// <summary>When, in whole seconds.</summary>
    [Id(1)]
    public required DateTimeOffset At { get; init; }

    /// <summary>Blocks that no answering peer of another region held, and that were given up.</summary>
    [Id(2)]
    public long Blocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(3)]
    public long Events { get; init; }

    /// <summary>Why it may have held more alone that was given up, a sentence each; empty where all was known.</summary>
    [Id(4)]
    public ImmutableArray<string> Unknown { get; init; } = [];

    /// <summary>Whether something was given up, or may have been.</summary>
    public bool HasLoss => Blocks > 0 || Events > 0 || !Unknown.IsEmpty;

    /// <summary>A sentence for an operator.</summary>
    public string Describe() => $"Region {Region} was dropped {At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} "
        + $"UTC{(HasLoss ? $" with a loss that was accepted: {string.Join(" ", Losses())}" : ": nothing was lost.")}";

    private IEnumerable<string> Losses() =>
        Unknown.Prepend($"{Blocks:N0} blocks with {Events:N0} events were held there alone.").Skip(Blocks == 0 && Events == 0 ? 1 : 0);
}
