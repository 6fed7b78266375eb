using System.Runtime.InteropServices;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using Orleans.Runtime;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>Puts what is produced into the stream, and lets a silo read it.</summary>
/// <param name="name">The provider.</param>
/// <param name="grains">The way to the store.</param>
/// <param name="receive">Makes what reads the queue, in a silo.</param>
internal sealed class EventStreamAdapter(string name, IGrainFactory grains, Func<QueueId, IQueueAdapterReceiver> receive) : IQueueAdapter
{
    // Below what a silo takes in one call.
    private const int EventsPerPut = 500;
    private const int BytesPerPut = 2 << 20;

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public bool IsRewindable => true;

    /// <inheritdoc/>
    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    /// <inheritdoc/>
    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => receive(queueId);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It is another stream, the events have another type or a key, or a token is given.</exception>
    /// <exception cref="PutException">An event could not be put; its kind says what is known about it. Others of the call may be put.</exception>
    public async Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        if (!AllDataStreams.TryRead(streamId, out var topic))
        {
            throw new ArgumentException(
                $"'{streamId}' is not a stream of a store: take {nameof(AllDataStreams)}.{nameof(AllDataStreams.AllEvents)}, or that of a topic "
                + $"({nameof(AllDataStreams)}.{nameof(AllDataStreams.EventsOf)}).", nameof(streamId));
        }

        if (token is not null)
        {
            throw new ArgumentException("An event that is produced gets a fresh key: give no token.", nameof(token));
        }

        if (events is not IEnumerable<ScannedEvent> produced)
        {
            throw new ArgumentException(
                $"A stream of a store is one of type {nameof(ScannedEvent)}, and these events are of type {typeof(T).Name}: "
                + $"{nameof(AllDataStreams.GetEvents)} gives it, and its {nameof(AllDataStreams.OnNextAsync)} takes a payload.", nameof(events));
        }

        var payloads = produced.Select(e => PayloadOf(e, topic)).ToList();
        var options = topic is null ? null : new PutOptions { Topic = topic };
        foreach (var part in PartsOf(payloads))
        {
            await PutAsync(part, options);
        }
    }

    private static EventPayload PayloadOf(ScannedEvent e, Topic? topic) =>
        e.Key != default || (e.Topic ?? topic) != topic ? throw new ArgumentException(
            "An event that is produced gets a fresh key and the topic of its stream: give its payload alone.", nameof(e))
        : MemoryMarshal.TryGetArray(e.Payload, out var bytes) && bytes.Array!.Length == bytes.Count ? EventPayload.FromBytes(bytes.Array)
        : EventPayload.FromBytes(e.Payload.ToArray());

    private async Task PutAsync(List<EventPayload> events, PutOptions? options)
    {
        if (events is [var only])
        {
            await grains.GetPutCoordinator().Put(only, options);
            return;
        }

        foreach (var result in await grains.GetPutCoordinator().PutMany(EventBatch.Of(events), options))
        {
            if (result.Error is { } error)
            {
                throw error;
            }
        }
    }

    private static IEnumerable<List<EventPayload>> PartsOf(IEnumerable<EventPayload> events)
    {
        var (part, bytes) = (new List<EventPayload>(), 0);
        foreach (var e in events)
        {
            if (part.Count >= EventsPerPut || (part.Count > 0 && bytes + e.Length > BytesPerPut))
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(e);
            bytes += e.Length;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }
}
