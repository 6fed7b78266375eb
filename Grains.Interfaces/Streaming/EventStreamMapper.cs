using System.Collections.Frozen;
using System.IO.Hashing;
using System.Text;
using AllData.Events;
using Orleans.Runtime;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>
/// A queue for each stream of a provider. Orleans gives queues to silos. The queue of a topic is the same in every silo, whatever other topics a silo has been
/// told of, so that silos that are started with more topics agree with the others.
/// </summary>
internal sealed class EventStreamMapper : IConsistentRingStreamQueueMapper
{
    private readonly FrozenDictionary<StreamId, QueueId> _queues;
    private readonly FrozenDictionary<QueueId, StreamId> _streams;

    /// <param name="provider">The provider.</param>
    /// <param name="topics">The topics that it has streams of.</param>
    /// <exception cref="ArgumentException">There are too many topics.</exception>
    public EventStreamMapper(string provider, IEnumerable<Topic> topics)
    {
        var distinct = topics.ToHashSet();
        if (distinct.Count > AllDataStreams.MaxTopics)
        {
            throw new ArgumentException(
                $"{distinct.Count} topics for stream provider '{provider}', which has streams of {AllDataStreams.MaxTopics} at most: add another provider, or "
                + "subscribe to all events and look at their topics.", nameof(topics));
        }

        _queues = distinct.Select(AllDataStreams.EventsOf).Append(AllDataStreams.AllEvents)
            .ToFrozenDictionary(static stream => stream, stream => QueueOf(provider, stream));
        _streams = _queues.ToFrozenDictionary(static pair => pair.Value, static pair => pair.Key);
    }

    /// <summary>The stream that lies in a queue.</summary>
    public StreamId StreamOf(QueueId queue) => _streams[queue];

    /// <inheritdoc/>
    public IEnumerable<QueueId> GetAllQueues() => _streams.Keys;

    /// <inheritdoc/>
    public IEnumerable<QueueId> GetQueuesForRange(IRingRange range) => _streams.Keys.Where(queue => range.InRange(queue.GetUniformHashCode()));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The provider does not have that stream.</exception>
    public QueueId GetQueueForStream(StreamId streamId) => _queues.TryGetValue(streamId, out var queue)
        ? queue
        : throw new ArgumentException($"This stream provider has no stream '{streamId}': tell it of the topic (AddAllDataStreams).", nameof(streamId));

    private static QueueId QueueOf(string provider, StreamId stream)
    {
        var name = $"{provider}-{stream.GetKeyAsString()}";
        var place = unchecked((uint)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{provider}/{stream}")));
        return QueueId.GetQueueId(name, place, place);
    }
}
