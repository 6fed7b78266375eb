using AllData.Events;

namespace AllData.Errors;

/// <summary>A text is not a consumer's name. Nothing changed.</summary>
[GenerateSerializer, Alias("AllData.InvalidConsumerNameException")]
public sealed class InvalidConsumerNameException(string message) : Exception(message);

/// <summary>There is no consumer of that name. Nothing changed.</summary>
/// <param name="name">The name.</param>
[GenerateSerializer, Alias("AllData.ConsumerNotFoundException")]
public sealed class ConsumerNotFoundException(string name) : Exception(
    $"There is no consumer '{name}'. It is made when one begins to consume under that name, or by a reset.")
{
    /// <summary>The name.</summary>
    [Id(0)]
    public string Name { get; init; } = name;
}

/// <summary>There are as many consumers as a cluster keeps. Nothing changed. Delete one that is not needed any more.</summary>
/// <param name="limit">Consumers, at most.</param>
[GenerateSerializer, Alias("AllData.TooManyConsumersException")]
public sealed class TooManyConsumersException(int limit) : Exception(
    $"The cluster keeps {limit} consumers already, the maximum. Delete one that is not needed any more.")
{
    /// <summary>Consumers, at most.</summary>
    [Id(0)]
    public int Limit { get; init; } = limit;
}

/// <summary>
/// The position of a consumer was moved by another holder, or taken over by one: what was seen of it is not there any more. Nothing changed. A former holder
/// stops; one that wants the consumer back takes it again, and continues after <see cref="Position"/>.
/// </summary>
[GenerateSerializer, Alias("AllData.ConsumerMovedException")]
public sealed class ConsumerMovedException(string message) : Exception(message)
{
    /// <summary>The position that is there.</summary>
    [Id(0)]
    public EventKey? Position { get; init; }

    /// <summary>When it was written.</summary>
    [Id(1)]
    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>The number of the holder that has it.</summary>
    [Id(2)]
    public long Epoch { get; init; }

    /// <summary>What that holder calls itself.</summary>
    [Id(3)]
    public string Holder { get; init; } = "";
}

/// <summary>A position that a consumer cannot move to: it lies before the one that is kept, or in the future. Nothing changed.</summary>
[GenerateSerializer, Alias("AllData.InvalidPositionException")]
public sealed class InvalidPositionException(string message) : Exception(message)
{
    /// <summary>The position that is kept.</summary>
    [Id(0)]
    public EventKey? Kept { get; init; }
}
