using System.Diagnostics.CodeAnalysis;
using AllData.Events;
using Newtonsoft.Json;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>
/// A place in a stream of a store: the key of an event, all events up to which were given. A subscription that begins with a token is given what comes after
/// it. Tokens have the order of the keys, and stay valid however long they are kept.
/// </summary>
[GenerateSerializer, Immutable, Alias("AllData.EventPositionToken")]
public sealed class EventPositionToken : StreamSequenceToken
{
    /// <summary>The token of a position.</summary>
    public EventPositionToken(EventKey position) => (SequenceNumber, EventIndex) = (position.UnixMilliseconds, position.Tail);

    // As it comes from a store of JSON that an application keeps it in.
    [JsonConstructor]
    private EventPositionToken(long sequenceNumber, int eventIndex) => (SequenceNumber, EventIndex) = (sequenceNumber, eventIndex);

    /// <summary>Delivery begins with the first event of the store.</summary>
    public static EventPositionToken Beginning { get; } = new(default(EventKey));

    /// <summary>The milliseconds of the key.</summary>
    [Id(0), JsonProperty]
    public override long SequenceNumber { get; protected set; }

    /// <summary>The nine digits of the key after its milliseconds.</summary>
    [Id(1), JsonProperty]
    public override int EventIndex { get; protected set; }

    /// <summary>The key.</summary>
    /// <exception cref="FormatException">The token was not made of a key.</exception>
    [JsonIgnore]
    public EventKey Position => EventKey.TryCreate(SequenceNumber, EventIndex, out var key)
        ? key
        : throw new FormatException($"Milliseconds {SequenceNumber} and digits {EventIndex} are not a key.");

    /// <summary>Delivery begins with an event or, where no event has its key, with the next one.</summary>
    /// <param name="key">The smallest key that is given. <see cref="EventKey.FirstAt(DateTimeOffset)"/> makes one of a time.</param>
    public static EventPositionToken From(EventKey key) => key == default ? Beginning : new EventPositionToken(key.GetPredecessor());

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] StreamSequenceToken? other) =>
        other is EventPositionToken token && token.SequenceNumber == SequenceNumber && token.EventIndex == EventIndex;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It is a token of another kind of stream.</exception>
    public override int CompareTo(StreamSequenceToken? other) => other switch
    {
        null => 1,
        EventPositionToken token => (SequenceNumber, EventIndex).CompareTo((token.SequenceNumber, token.EventIndex)),
        _ => throw new ArgumentException($"{other.GetType().Name} is not a token of a store: give an {nameof(EventPositionToken)}.", nameof(other)),
    };

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);

    /// <summary>The key.</summary>
    public override string ToString() => EventKey.TryCreate(SequenceNumber, EventIndex, out var key) ? key.ToString() : "not a key";
}
