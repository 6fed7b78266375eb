using AllData.Configuration;
using Orleans.Runtime;

namespace AllData.Tests.Support;

/// <summary>A grain with state in the cluster database.</summary>
[Alias("AllData.Tests.ICounterGrain")]
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>The count as this activation holds it.</summary>
    [Alias("Get")]
    Task<CounterState> Get();

    /// <summary>Counts and writes.</summary>
    [Alias("Count")]
    Task Count(string by);

    /// <summary>Clears the state.</summary>
    [Alias("Clear")]
    Task Clear();

    /// <summary>Lets the activation go, so that the next call reads the state again.</summary>
    [Alias("Forget")]
    Task Forget();
}

/// <summary>What the grain keeps: plain members, as the registry's state, because it is kept as JSON.</summary>
[GenerateSerializer, Alias("AllData.Tests.CounterState")]
public sealed record CounterState
{
    [Id(0)]
    public int Count { get; set; }

    [Id(1)]
    public string By { get; set; } = "";
}

internal sealed class CounterGrain([PersistentState("counter", AllDataStorageNames.GrainState)] IPersistentState<CounterState> state)
    : Grain, ICounterGrain
{
    public Task<CounterState> Get() => Task.FromResult(state.State);

    public Task Count(string by)
    {
        state.State = new CounterState { Count = state.State.Count + 1, By = by };
        return state.WriteStateAsync();
    }

    public Task Clear() => state.ClearStateAsync();

    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
