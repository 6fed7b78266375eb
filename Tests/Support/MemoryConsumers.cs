using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Consumers;
using AllData.Events;
using AllData.Reading;

namespace AllData.Tests.Support;

/// <summary>Positions of consumers in memory, by the rules of the store.</summary>
internal sealed class MemoryConsumers(TimeProvider time) : IConsumerPositions
{
    private readonly ConcurrentDictionary<ConsumerName, ConsumerState> _states = new();

    /// <summary>Positions that were written, in their order.</summary>
    public ConcurrentQueue<EventKey> Written { get; } = new();

    /// <summary>Called before each change; throw where it is to fail.</summary>
    public Action OnChange { get; set; } = static () => { };

    public Task<ImmutableArray<ConsumerPosition>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(
        _states.OrderBy(static s => s.Key).Select(static s => ConsumerRules.Describe(s.Key, s.Value)).OfType<ConsumerPosition>().ToImmutableArray());

    public Task<ConsumerPosition?> FindAsync(ConsumerName name, CancellationToken cancellationToken) =>
        Task.FromResult(ConsumerRules.Describe(name, Of(name)));

    public Task<ConsumerPosition> TakeAsync(ConsumerName name, string holder, EventKey? start, CancellationToken cancellationToken) =>
        Change(name, state => ConsumerRules.Take(state, holder, start, time.GetUtcNow()));

    public Task<ConsumerPosition> MoveAsync(ConsumerName name, ConsumerMark seen, EventKey position, CancellationToken cancellationToken)
    {
        var moved = Change(name, state => ConsumerRules.Move(name, state, seen, position, time.GetUtcNow()));
        if (moved.IsCompletedSuccessfully)
        {
            Written.Enqueue(position);
        }

        return moved;
    }

    public Task<ConsumerPosition> ResetAsync(ConsumerName name, ConsumerMark? seen, EventKey position, CancellationToken cancellationToken) =>
        Change(name, state => ConsumerRules.Reset(name, state, seen, position, time.GetUtcNow()));

    public Task<bool> DeleteAsync(ConsumerName name, CancellationToken cancellationToken) => Task.FromResult(_states.TryRemove(name, out _));

    private ConsumerState Of(ConsumerName name) => _states.GetValueOrDefault(name) ?? new ConsumerState();

    private Task<ConsumerPosition> Change(ConsumerName name, Func<ConsumerState, ConsumerState> change)
    {
        try
        {
            OnChange();
            return Task.FromResult(ConsumerRules.Describe(name, _states[name] = change(Of(name)))!);
        }
        catch (Exception e)
        {
            return Task.FromException<ConsumerPosition>(e);
        }
    }
}
