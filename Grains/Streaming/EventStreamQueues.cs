using System.Collections.Concurrent;
using AllData.Consumers;
using AllData.Following;
using AllData.Reading;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>Makes what reads a queue: one object is its cache and its receiver.</summary>
internal sealed class EventStreamQueues(
    string provider, EventStreamMapper mapper, FollowFeed feed, IFollowSource source, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time,
    ILoggerFactory loggers)
    : IEventStreamQueues
{
    private readonly ConcurrentDictionary<QueueId, EventStreamQueue> _made = new();

    /// <inheritdoc/>
    public IQueueCache CreateCache(QueueId queue)
    {
        var stream = mapper.StreamOf(queue);
        AllDataStreams.TryRead(stream, out var topic);
        var position = new QueuePosition(
            grains.CreateConsumerPositions(), QueuePosition.ConsumerOf(provider, topic), silo.Name, time, loggers.CreateLogger<QueuePosition>());
        return _made[queue] = new EventStreamQueue(stream, topic, feed, source, position, time);
    }

    /// <inheritdoc/>
    public IQueueAdapterReceiver CreateReceiver(QueueId queue) => _made.TryRemove(queue, out var made)
        ? made
        : throw new InvalidOperationException("The cache of a queue is made before its receiver.");
}
