using AllData.Events;
using AllData.Reading;
using Orleans.Runtime;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>
/// The store as streams of Orleans: one of all events, and one for each topic that a provider is told of. What is put in any way is given to each subscriber,
/// and what is produced into a stream is put.
/// </summary>
public static class AllDataStreams
{
    /// <summary>The namespace of the stream of all events: an implicit subscription to it names this.</summary>
    public const string Namespace = "AllData";

    /// <summary>The key of the stream of all events; the key of grains that are subscribed to it implicitly.</summary>
    public const string AllEventsKey = "all";

    /// <summary>
    /// The namespace of the streams of topics: an implicit subscription to it names this. The key of a stream is its topic, and so is that of a grain.
    /// </summary>
    public const string TopicsNamespace = "AllData.Topics";

    /// <summary>Topics that a provider has streams of, at most: each is a queue, and a consumer whose position the cluster keeps.</summary>
    public const int MaxTopics = 100;

    private const int MaxName = 30;

    /// <summary>The stream of all events.</summary>
    public static StreamId AllEvents { get; } = StreamId.Create(Namespace, AllEventsKey);

    /// <summary>The stream of the events of a topic. Its provider has been told of the topic, or its subscribers are given nothing.</summary>
    public static StreamId EventsOf(Topic topic) => StreamId.Create(TopicsNamespace, topic.Value);

    /// <summary>
    /// Events of the store, to subscribe to and to produce into. Orleans lets a process take a stream as one of one type only: a stream of the store is always
    /// one of <see cref="ScannedEvent"/>.
    /// </summary>
    /// <param name="provider">The provider, as <c>GetStreamProvider(name)</c> gives it.</param>
    /// <param name="topic">Only events of this topic, of which the provider has been told; null: all.</param>
    public static IAsyncStream<ScannedEvent> GetEvents(this IStreamProvider provider, Topic? topic = null)
    {
        ArgumentNullException.ThrowIfNull(provider);
        return provider.GetStream<ScannedEvent>(Of(topic));
    }

    /// <summary>Puts an event: as <c>OnNextAsync</c> of Orleans, for an event that has no key yet.</summary>
    /// <param name="stream">The stream. In that of a topic the event gets the topic; in that of all events it has none.</param>
    /// <param name="payload">The event.</param>
    /// <returns>Completes when it is acknowledged, and fails as a put does.</returns>
    public static Task OnNextAsync(this IAsyncStream<ScannedEvent> stream, EventPayload payload)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.OnNextAsync(ToBePut(payload));
    }

    /// <summary>Puts events: as <c>OnNextBatchAsync</c> of Orleans, for events that have no keys yet.</summary>
    /// <param name="stream">The stream. In that of a topic the events get the topic; in that of all events they have none.</param>
    /// <param name="payloads">The events.</param>
    /// <returns>Completes when all are acknowledged, and fails as a put does where one is not.</returns>
    public static Task OnNextBatchAsync(this IAsyncStream<ScannedEvent> stream, IEnumerable<EventPayload> payloads)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.OnNextBatchAsync(payloads.Select(ToBePut));
    }

    /// <summary>The stream of a topic, or of all events.</summary>
    internal static StreamId Of(Topic? topic) => topic is { } one ? EventsOf(one) : AllEvents;

    /// <summary>Reads a stream's identity.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="topic">Its topic; null: it is that of all events.</param>
    /// <returns>False: it is not a stream of a store.</returns>
    internal static bool TryRead(StreamId stream, out Topic? topic)
    {
        topic = stream.GetNamespace() == TopicsNamespace && Topic.TryParse(stream.GetKeyAsString(), out var one) ? one : null;
        return topic is not null || stream == AllEvents;
    }

    private static ScannedEvent ToBePut(EventPayload payload) => new(default, payload.Bytes, IsConflict: false);

    /// <summary>Refuses the name of a provider that the positions of its queues cannot be kept under.</summary>
    internal static void RefuseName(string name)
    {
        // Without dots: they part the provider from the topic in the name of a queue's position.
        if (name is not { Length: > 0 and <= MaxName } || name.Contains('.', StringComparison.Ordinal) || !Consumers.ConsumerName.TryParse(name, out _))
        {
            throw new ArgumentException(
                $"'{name}' is not a name of a stream provider of a store: 1 to {MaxName} letters, digits, hyphens and underscores, beginning with a letter or "
                + "digit.", nameof(name));
        }
    }
}
