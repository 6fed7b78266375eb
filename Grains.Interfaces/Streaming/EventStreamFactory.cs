using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>What a silo reads the queues of the streams with.</summary>
internal interface IEventStreamQueues
{
    /// <summary>What gives subscribers their events.</summary>
    IQueueCache CreateCache(QueueId queue);

    /// <summary>What reads for the cache that was made last for the queue.</summary>
    IQueueAdapterReceiver CreateReceiver(QueueId queue);
}

/// <summary>Makes the parts of the stream provider.</summary>
/// <param name="name">The provider.</param>
/// <param name="grains">The way to the store.</param>
/// <param name="mapper">The queues.</param>
/// <param name="queues">What a silo reads with; null in a client, which only puts.</param>
internal sealed class EventStreamFactory(string name, IGrainFactory grains, EventStreamMapper mapper, IEventStreamQueues? queues)
    : IQueueAdapterFactory, IQueueAdapterCache
{
    private IEventStreamQueues Queues => queues ?? throw new NotSupportedException("Queues are read by silos.");

    /// <inheritdoc/>
    public Task<IQueueAdapter> CreateAdapter() =>
        Task.FromResult<IQueueAdapter>(new EventStreamAdapter(name, grains, queue => Queues.CreateReceiver(queue)));

    /// <inheritdoc/>
    public IQueueAdapterCache GetQueueAdapterCache() => this;

    /// <inheritdoc/>
    public IStreamQueueMapper GetStreamQueueMapper() => mapper;

    // A subscriber that refuses an event is given it again; its subscription stays.
    /// <inheritdoc/>
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler(false));

    /// <inheritdoc/>
    public IQueueCache CreateQueueCache(QueueId queueId) => Queues.CreateCache(queueId);
}
