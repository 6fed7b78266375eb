using AllData.Events;
using AllData.Reading;
using Orleans.Runtime;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>Some events on their way to a subscriber.</summary>
[GenerateSerializer, Immutable, Alias("AllData.EventDelivery")]
internal sealed class EventDelivery : IBatchContainer
{
    [Id(0)]
    private readonly ScanPage? _events;

    [Id(1)]
    private readonly EventPositionToken _token;

    [Id(2)]
    private readonly StreamId _stream;

    /// <param name="stream">The stream that it is of.</param>
    /// <param name="events">The events; null: it only says that there is something to look for.</param>
    /// <param name="position">All events up to this key are given with it or before it.</param>
    public EventDelivery(StreamId stream, ScanPage? events, EventKey position) =>
        (_stream, _events, _token) = (stream, events, new EventPositionToken(position));

    /// <inheritdoc/>
    public StreamId StreamId => _stream;

    /// <inheritdoc/>
    public StreamSequenceToken SequenceToken => _token;

    /// <summary>All events up to this key are given with it or before it.</summary>
    public EventKey Position => _token.Position;

    /// <inheritdoc/>
    /// <exception cref="InvalidCastException">The stream was asked for as one of another type.</exception>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        ScannedEvent? held = null;
        foreach (var next in _events?.Unpack() ?? [])
        {
            if (held is { } e)
            {
                // After the first of two events at one position a subscriber must not go on behind it.
                yield return Tuple.Create(As<T>(e), TokenOf(next.Position == e.Position ? e.Position.GetPredecessor() : e.Position));
            }

            held = next;
        }

        if (held is { } last)
        {
            yield return Tuple.Create(As<T>(last), TokenOf(last.Position));
        }
    }

    /// <inheritdoc/>
    public bool ImportRequestContext() => false;

    private static StreamSequenceToken TokenOf(EventKey position) => new EventPositionToken(position);

    private static T As<T>(ScannedEvent e) => typeof(T) == typeof(ScannedEvent) || typeof(T) == typeof(object)
        ? (T)(object)e
        : throw new InvalidCastException($"The events of a store are not of type {typeof(T).Name}: take the stream as one of {nameof(ScannedEvent)}.");
}
