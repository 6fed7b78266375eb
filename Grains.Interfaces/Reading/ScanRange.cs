using AllData.Events;

namespace AllData.Reading;

/// <summary>Which events a scan gives, by key, and whose copies it reads. Everything that is not set is unbounded.</summary>
[GenerateSerializer, Immutable, Alias("AllData.ScanRange")]
public sealed record ScanRange
{
    /// <summary>All events.</summary>
    public static ScanRange All { get; } = new();

    /// <summary>Smallest key, itself included.</summary>
    [Id(0)]
    public EventKey? From { get; init; }

    /// <summary>The first key beyond the range, itself excluded.</summary>
    [Id(1)]
    public EventKey? To { get; init; }

    /// <summary>
    /// Only keys greater than this one. Safe in two cases: to continue a scan of the same range that was cut off, after the last key that it gave;
    /// and to follow new events, after <see cref="ScanOutcome.SafeUpTo"/>. A reader that follows by the last key of a finished scan loses events:
    /// puts that were in flight can still appear below it.
    /// </summary>
    [Id(2)]
    public EventKey? After { get; init; }

    /// <summary>Events given, at most (all payloads of a last key in conflict are given). Null: all.</summary>
    [Id(3)]
    public long? Limit { get; init; }

    /// <summary>Whose copies are read. Default: those of all peers of the store.</summary>
    [Id(4)]
    public ScanScope Scope { get; init; }

    /// <summary>Only events of this topic: it costs what the topic holds. Null: all events, whatever their topics.</summary>
    [Id(5)]
    public Topic? Topic { get; init; }

    /// <summary>
    /// Whether payloads come as they are stored, encrypted where they are, and each stored form of an event by itself: that is what certificates are about.
    /// </summary>
    [Id(6)]
    internal bool AsStored { get; init; }
}
