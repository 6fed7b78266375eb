using AllData.Errors;
using AllData.Events;

namespace AllData.Wire;

/// <summary>A key as it travels; the bytes are those of a type with these two members.</summary>
[GenerateSerializer, Immutable]
internal readonly struct EventKeySurrogate(long unixMilliseconds, int tail)
{
    [Id(0)]
    public readonly long UnixMilliseconds = unixMilliseconds;

    [Id(1)]
    public readonly int Tail = tail;
}

/// <summary>Takes no key that no text could be.</summary>
[RegisterConverter]
internal sealed class EventKeyConverter : IConverter<EventKey, EventKeySurrogate>
{
    public EventKey ConvertFromSurrogate(in EventKeySurrogate surrogate) =>
        EventKey.TryCreate(surrogate.UnixMilliseconds, surrogate.Tail, out var key)
            ? key
            : throw new InvalidValueException($"Milliseconds {surrogate.UnixMilliseconds} and digits {surrogate.Tail} are not a key.");

    public EventKeySurrogate ConvertToSurrogate(in EventKey value) => new(value.UnixMilliseconds, value.Tail);
}
