using System.Net;
using System.Net.Sockets;
using AllData.Clustering;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
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

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_silo_starts_although_its_clock_was_a_year_ahead_at_its_last_start(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        var port = LocalSilo.FreePort();
        await using var other = await LocalSilo.StartAsync("west-c", options);
        await InsertFutureEntryAsync(other, port);

        await using var silo = await LocalSilo.StartAsync("north-a", options, port);

        await WaitUntilActive(silo, ["north-a", "west-c"]);
        await WaitUntilActive(other, ["north-a", "west-c"]);
        var (entry, _) = Assert.Single(
            (await other.Services.GetRequiredService<IMembershipTable>().ReadAllAsync()).Members, m => m.Item1.SiloName == "north-a");
        Assert.Equal(silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress, entry.SiloAddress);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_later_entry_of_an_endpoint_at_which_another_process_listens_is_left_alone(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        await using var other = await LocalSilo.StartAsync("west-c", options);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await InsertFutureEntryAsync(other, port);

        await Assert.ThrowsAnyAsync<Exception>(() => LocalSilo.StartAsync("north-a", options, port));

        var (entry, _) = Assert.Single(
            (await other.Services.GetRequiredService<IMembershipTable>().ReadAllAsync()).Members, m => m.Item1.SiloName == "north-a");
        Assert.Equal(SiloStatus.Active, entry.Status);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_heartbeat_of_the_future_is_put_right(ClusterDatabaseProvider provider)
    {
        var options = await databases.CreateAsync(provider);
        await using var database = ClusterDatabase.Create(options, TimeProvider.System, NullLogger<ClusterDatabase>.Instance);
        await using var silo = await LocalSilo.StartAsync("north-a", options);
        await InsertFutureEntryAsync(silo, port: 1);

        await database.RetireFutureEntriesAsync(options.ClusterId, "127.0.0.1", 2, 0, default);

        var (entry, _) = Assert.Single((await silo.Services.GetRequiredService<IMembershipTable>().ReadAllAsync()).Members,
            m => m.Item1.SiloAddress.Endpoint.Port == 1);
        Assert.Equal(SiloStatus.Active, entry.Status);
        Assert.InRange(entry.IAmAliveTime, DateTime.UtcNow.AddHours(-1), DateTime.UtcNow.AddHours(1));
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

    /// <summary>What a silo leaves behind that was killed while its clock was a year ahead.</summary>
    private static async Task InsertFutureEntryAsync(LocalSilo through, int port)
    {
        var table = through.Services.GetRequiredService<IMembershipTable>();
        var future = DateTime.UtcNow.AddYears(1);
        var own = through.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Generation;
        await Eventually.Succeeds("inserting an entry", Bound, async () => Assert.True(await table.InsertRowAsync(
            new MembershipEntry
            {
                SiloAddress = SiloAddress.New(IPAddress.Loopback, port, own + (365 * 86_400)),
                SiloName = "north-a",
                HostName = "host",
                Status = SiloStatus.Active,
                StartTime = future,
                IAmAliveTime = future,
                SuspectTimes = [],
            },
            (await table.ReadAllAsync()).Version.Next())));
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
