using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using Orleans.Runtime;

namespace AllData.Consumers;

/// <summary>Keeps the names of all consumers. It calls no consumer: those call it.</summary>
// Kept alive as PeerRegistryGrain is.
[KeepAlive]
internal sealed class ConsumerCatalogGrain(
    [PersistentState("consumers", AllDataStorageNames.GrainState)] IPersistentState<ConsumerCatalogState> persistent)
    : Grain, IConsumerCatalogGrain, IContractGrain
{
    /// <summary>Consumers, at most: a list asks each.</summary>
    public const int MaxConsumers = 1_000;

    private readonly KeptState<ConsumerCatalogState> _kept = new(persistent, static () => "the names of consumers");

    public async Task<ImmutableArray<ConsumerName>> List() => [.. (await _kept.ReadAsync()).Names.Select(ConsumerName.Parse)];

    public Task Add(ConsumerName name) => _kept.ChangeAsync(state => Add(state, name.Value));

    public Task Remove(ConsumerName name) => _kept.ChangeAsync(
        state => state.Names.Contains(name.Value) ? new ConsumerCatalogState { Names = [.. state.Names.Where(n => n != name.Value)] } : state);

    /// <summary>The names with one more.</summary>
    internal static ConsumerCatalogState Add(ConsumerCatalogState state, string name) =>
        state.Names.Contains(name) ? state
        : state.Names.Count >= MaxConsumers ? throw new TooManyConsumersException(MaxConsumers)
        : new ConsumerCatalogState { Names = [.. state.Names.Append(name).Order(StringComparer.Ordinal)] };
}
