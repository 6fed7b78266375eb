using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Membership;
using Orleans.Runtime;

namespace AllData.Consumers;

/// <summary>Keeps the position of one consumer; <see cref="ConsumerRules"/> decides.</summary>
// Kept alive as PeerRegistryGrain is.
[KeepAlive]
internal sealed class ConsumerGrain(
    [PersistentState("consumer", AllDataStorageNames.GrainState)] IPersistentState<ConsumerState> persistent, ClusterClock clock)
    : Grain, IConsumerGrain, IContractGrain
{
    private KeptState<ConsumerState>? _kept;

    // Checked in each call: any text can be a grain's key.
    private ConsumerName Name => GrainFactoryExtensions.ParseConsumerKey(this.GetPrimaryKeyString());

    private KeptState<ConsumerState> Kept => _kept ??= new KeptState<ConsumerState>(persistent, () => $"consumer '{Name}'");

    private DateTimeOffset Now => clock.Agreed.GetUtcNow();

    public async Task<ConsumerPosition?> Get()
    {
        var name = Name;
        return ConsumerRules.Describe(name, await Kept.ReadAsync());
    }

    public Task<ConsumerPosition> Take(string holder, EventKey? start) => MakeOrChangeAsync(state => ConsumerRules.Take(state, holder, start, Now));

    public Task<ConsumerPosition> Move(ConsumerMark seen, EventKey position) =>
        ChangeAsync(state => ConsumerRules.Move(Name, state, seen, position, Now));

    public Task<ConsumerPosition> Reset(ConsumerMark? seen, EventKey position) =>
        MakeOrChangeAsync(state => ConsumerRules.Reset(Name, state, seen, position, Now));

    public async Task<bool> Delete()
    {
        var name = Name;
        var isThere = (await Kept.ReadAsync()).Epoch > 0;
        await Kept.ChangeAsync(static state => state.Epoch == 0 ? state : new ConsumerState());
        await GrainFactory.GetConsumerCatalog().Remove(name);
        return isThere;
    }

    // In the catalog before it is there: otherwise one could be kept that no list shows.
    private async Task<ConsumerPosition> MakeOrChangeAsync(Func<ConsumerState, ConsumerState> change)
    {
        var name = Name;
        var before = await Kept.ReadAsync();
        if (before.Epoch == 0 && !ReferenceEquals(before, change(before)))
        {
            await GrainFactory.GetConsumerCatalog().Add(name);
        }

        return await ChangeAsync(change);
    }

    private async Task<ConsumerPosition> ChangeAsync(Func<ConsumerState, ConsumerState> change) =>
        ConsumerRules.Describe(Name, await Kept.ChangeAsync(change))!;
}
