using AllData.Events;

namespace AllData.Consumers;

/// <summary>How far a named consumer is, as the cluster keeps it.</summary>
[GenerateSerializer, Immutable, Alias("AllData.ConsumerPosition")]
public sealed record ConsumerPosition
{
    /// <summary>The consumer.</summary>
    [Id(0)]
    public required ConsumerName Name { get; init; }

    /// <summary>All events up to this key are acknowledged; null: it began with the present, and does not know yet where that is.</summary>
    [Id(1)]
    public EventKey? Position { get; init; }

    /// <summary>
    /// The number of the holder. It rises with each holder and each reset: an acknowledgement under a former number is refused. Numbers of a consumer that was
    /// deleted do not come again.
    /// </summary>
    [Id(2)]
    public long Epoch { get; init; }

    /// <summary>What the holder calls itself.</summary>
    [Id(3)]
    public string Holder { get; init; } = "";

    /// <summary>When the position was written.</summary>
    [Id(4)]
    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>Since when this holder has it.</summary>
    [Id(5)]
    public DateTimeOffset HeldSince { get; init; }

    /// <summary>When the consumer was made.</summary>
    [Id(6)]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>What must still be there when the position is moved.</summary>
    public ConsumerMark Mark => new(Epoch, Position);
}

/// <summary>A state of a consumer, as one has seen it: a change is made only while it is the present one.</summary>
/// <param name="Epoch">The number of the holder.</param>
/// <param name="Position">The position.</param>
[GenerateSerializer, Immutable, Alias("AllData.ConsumerMark")]
public sealed record ConsumerMark([property: Id(0)] long Epoch, [property: Id(1)] EventKey? Position);
