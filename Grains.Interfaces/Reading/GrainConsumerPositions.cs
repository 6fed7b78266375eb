using System.Collections.Immutable;
using AllData.Consumers;
using AllData.Events;

namespace AllData.Reading;

/// <summary>Asks the grains that keep the positions.</summary>
internal sealed class GrainConsumerPositions(IGrainFactory grains) : IConsumerPositions
{
    private const int AskedAtOnce = 64;

    /// <inheritdoc/>
    public async Task<ImmutableArray<ConsumerPosition>> ListAsync(CancellationToken cancellationToken)
    {
        var found = ImmutableArray.CreateBuilder<ConsumerPosition>();
        foreach (var names in (await grains.GetConsumerCatalog().List().WaitAsync(cancellationToken)).Chunk(AskedAtOnce))
        {
            var answers = await Task.WhenAll(names.Select(name => FindAsync(name, cancellationToken)));
            found.AddRange(answers.OfType<ConsumerPosition>());
        }

        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public Task<ConsumerPosition?> FindAsync(ConsumerName name, CancellationToken cancellationToken) =>
        grains.GetConsumer(name).Get().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<ConsumerPosition> TakeAsync(ConsumerName name, string holder, EventKey? start, CancellationToken cancellationToken) =>
        grains.GetConsumer(name).Take(holder, start).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<ConsumerPosition> MoveAsync(ConsumerName name, ConsumerMark seen, EventKey position, CancellationToken cancellationToken) =>
        grains.GetConsumer(name).Move(seen, position).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<ConsumerPosition> ResetAsync(ConsumerName name, ConsumerMark? seen, EventKey position, CancellationToken cancellationToken) =>
        grains.GetConsumer(name).Reset(seen, position).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(ConsumerName name, CancellationToken cancellationToken) =>
        grains.GetConsumer(name).Delete().WaitAsync(cancellationToken);
}
