using System.Collections.Immutable;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// The positions of named consumers, as the cluster keeps them: durable, each with one holder at a time. In a store of several clusters each cluster has its
/// own. <see cref="EventConsumer"/> reads and acknowledges with it; <see cref="EventReaderExtensions.CreateConsumerPositions"/> makes one.
/// </summary>
public interface IConsumerPositions
{
    /// <summary>All consumers, by name.</summary>
    Task<ImmutableArray<ConsumerPosition>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>One consumer; null if no consumer has that name.</summary>
    Task<ConsumerPosition?> FindAsync(ConsumerName name, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IConsumerGrain.Take"/>
    Task<ConsumerPosition> TakeAsync(ConsumerName name, string holder, EventKey? start, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IConsumerGrain.Move"/>
    Task<ConsumerPosition> MoveAsync(ConsumerName name, ConsumerMark seen, EventKey position, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IConsumerGrain.Reset"/>
    Task<ConsumerPosition> ResetAsync(ConsumerName name, ConsumerMark? seen, EventKey position, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IConsumerGrain.Delete"/>
    Task<bool> DeleteAsync(ConsumerName name, CancellationToken cancellationToken = default);
}
