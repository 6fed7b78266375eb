using AllData.Clustering;
using AllData.Configuration;
using AllData.Peers;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace AllData.Tests.Cluster;

/// <summary>The grains' own state in the cluster database, through Orleans' own provider.</summary>
public sealed class GrainStateTests(ClusterDatabases databases) : IClassFixture<ClusterDatabases>
{
    private const string StateName = "state";

    public static TheoryData<ClusterDatabaseProvider> Providers => [ClusterDatabaseProvider.Sqlite, ClusterDatabaseProvider.PostgreSql];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task State_survives_the_activation_and_the_silo(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        await using (var silo = await LocalSilo.StartAsync("north-a", options))
        {
            var counter = silo.Grains.GetGrain<ICounterGrain>("counter-1");
            await counter.Count("west-c");
            await counter.Forget();
            await counter.Count("east-e");
            Assert.Equal(new CounterState { Count = 2, By = "east-e" }, await counter.Get());
        }

        await using var successor = await LocalSilo.StartAsync("north-a", options);
        Assert.Equal(
            new CounterState { Count = 2, By = "east-e" },
            await successor.Grains.GetGrain<ICounterGrain>("counter-1").Get());
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Cleared_state_is_empty_and_can_be_written_again(ClusterDatabaseProvider provider)
    {
        await using var silo = await LocalSilo.StartAsync("north-a", await databases.CreateAsync(provider));
        var counter = silo.Grains.GetGrain<ICounterGrain>("counter-1");
        await counter.Count("north-a");
        await counter.Clear();
        await counter.Forget();
        Assert.Equal(0, (await counter.Get()).Count);

        await counter.Count("north-a");
        await counter.Forget();
        Assert.Equal(1, (await counter.Get()).Count);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Who_writes_on_an_outdated_version_is_told_and_changes_nothing(ClusterDatabaseProvider provider)
    {
        await using var silo = await LocalSilo.StartAsync("north-a", await databases.CreateAsync(provider));
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(AllDataStorageNames.GrainState);
        var id = GrainId.Create("counter", "counter-1");
        var first = await Read(storage, id);
        var second = await Read(storage, id);
        first.State!.Count = 1;
        await storage.WriteStateAsync(StateName, id, first);

        // One that never saw a version, one that saw an older one, one that would clear, one that saw a version of a row that is not there.
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync(StateName, id, second));
        var third = await Read(storage, id);
        first.State!.Count = 2;
        await storage.WriteStateAsync(StateName, id, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync(StateName, id, third));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync(StateName, id, third));
        var other = GrainId.Create("counter", "counter-2");
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync(StateName, other, third));

        Assert.Equal(2, (await Read(storage, id)).State!.Count);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Prefixed_keys_that_look_like_numbers_behind_the_prefix_are_kept_apart(ClusterDatabaseProvider provider)
    {
        await using var silo = await LocalSilo.StartAsync("north-a", await databases.CreateAsync(provider));
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(AllDataStorageNames.GrainState);
        string[] names = ["a", "a0", "a1", "aa", "b", "beef"];
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            var state = await Read(storage, KeyOf(name));
            Assert.Equal(0, state.State!.Count);
            state.State!.Count = i + 1;
            await storage.WriteStateAsync(StateName, KeyOf(name), state);
        }

        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            Assert.Equal(i + 1, (await Read(storage, KeyOf(name))).State!.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Bare_keys_that_parse_as_hexadecimal_share_a_row_which_is_why_keys_have_a_prefix(ClusterDatabaseProvider provider)
    {
        await using var silo = await LocalSilo.StartAsync("north-a", await databases.CreateAsync(provider));
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(AllDataStorageNames.GrainState);
        var state = await Read(storage, GrainId.Create("counter", "a"));
        state.State!.Count = 1;
        await storage.WriteStateAsync(StateName, GrainId.Create("counter", "a"), state);

        Assert.Equal(1, (await Read(storage, GrainId.Create("counter", "0a"))).State!.Count);
    }

    private static GrainId KeyOf(string peer) => GrainId.Create("replica", GrainFactoryExtensions.ReplicaKey(PeerId.Parse(peer)));

    private static async Task<GrainState<CounterState>> Read(IGrainStorage storage, GrainId id)
    {
        var state = new GrainState<CounterState>();
        await storage.ReadStateAsync(StateName, id, state);
        state.State ??= new CounterState();
        return state;
    }
}
