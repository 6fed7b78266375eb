using AllData.Configuration;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace AllData.Tests.Cluster;

/// <summary>Silos that find each other through the cluster database.</summary>
public sealed class ClusterMembershipTests(ClusterDatabases databases) : IClassFixture<ClusterDatabases>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static TheoryData<ClusterDatabaseProvider> Providers => [ClusterDatabaseProvider.Sqlite, ClusterDatabaseProvider.PostgreSql];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Silos_that_start_at_once_on_a_new_database_form_one_cluster(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        string[] names = ["north-a", "west-c", "east-e"];
        var silos = await Task.WhenAll(names.Select(name => LocalSilo.StartAsync(name, options)));
        try
        {
            foreach (var silo in silos)
            {
                await WaitUntilActive(silo, names.Order());
                Assert.Equal("west-c", (await Probe(silo, "west-c").Where()).SiloName);
            }

            await silos[1].DisposeAsync();
            await WaitUntilActive(silos[0], ["east-e", "north-a"]);
            await WaitUntilActive(silos[2], ["east-e", "north-a"]);
        }
        finally
        {
            await silos[0].DisposeAsync();
            await silos[2].DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Entries_of_silos_long_dead_are_removed(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        await using (await LocalSilo.StartAsync("north-a", options))
        {
        }

        await using var silo = await LocalSilo.StartAsync("north-a", options);
        var table = silo.Services.GetRequiredService<IMembershipTable>();
        Assert.Equal(2, (await table.ReadAllAsync()).Members.Count);

        await table.CleanupDefunctSiloEntriesAsync(DateTimeOffset.MaxValue);

        var (entry, _) = Assert.Single((await table.ReadAllAsync()).Members);
        Assert.Equal(SiloStatus.Active, entry.Status);
    }

    [Fact]
    public async Task Silos_go_on_while_PostgreSQL_is_away_and_after_it_is_back()
    {
        var options = await databases.CreateAsync(ClusterDatabaseProvider.PostgreSql);
        await using var north = await LocalSilo.StartAsync("north-a", options);
        await using var west = await LocalSilo.StartAsync("west-c", options);
        await WaitUntilActive(north, ["north-a", "west-c"]);
        var before = await Probe(north, "west-c").Where();

        await databases.Server.StopAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => north.Grains.GetGrain<ICounterGrain>("counter-1").Count("north-a"));
        Assert.Equal(before, await Probe(north, "west-c").Where());

        await databases.Server.StartAsync();
        var counter = north.Grains.GetGrain<ICounterGrain>("counter-1");
        await Eventually.Succeeds("writing grain state again", Bound, () => counter.Count("north-a"));
        Assert.Equal(before, await Probe(north, "west-c").Where());
        Assert.Equal(["north-a", "west-c"], north.ActiveSilos);
    }

    private static IPinnedProbeGrain Probe(LocalSilo silo, string peer) =>
        silo.Grains.GetGrain<IPinnedProbeGrain<int>>(GrainFactoryExtensions.ReplicaKey(Peers.PeerId.Parse(peer)));

    private static Task<TimeSpan> WaitUntilActive(LocalSilo silo, IEnumerable<string> names)
    {
        string[] expected = [.. names];
        return Eventually.Holds(
            $"waiting for the active silos {string.Join(", ", expected)}",
            Bound,
            () => silo.ActiveSilos.SequenceEqual(expected),
            () => string.Join(", ", silo.ActiveSilos));
    }
}
