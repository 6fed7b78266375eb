using System.Net;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Copies;
using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Hosting;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Replication;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace AllData.Tests.Cluster;

/// <summary>A silo whose cluster is a part of a store.</summary>
public sealed class FederationTests : IDisposable
{
    private static readonly EventPayload Payload = EventPayload.FromText("{}");

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_cluster_that_begins_in_a_store_is_of_that_store_and_gives_ordinals_of_its_range()
    {
        await RunAsync("west", FederationSample.Document(), async services =>
        {
            var receipt = await services.GetRequiredService<IAllDataPuts>().PutAsync(Payload);

            Assert.Equal(600, receipt.Key.Ordinal);
            Assert.Equal(FederationSample.Store, (await services.GetRequiredService<IGrainFactory>().GetPeerRegistry().GetTopology()).ClusterId);
        });
    }

    [Fact]
    public async Task An_order_about_a_peer_of_another_cluster_is_refused_with_the_name_of_that_cluster()
    {
        await RunAsync("west", FederationSample.Document(), async services =>
        {
            var registry = services.GetRequiredService<IGrainFactory>().GetPeerRegistry();
            var own = await registry.GetTopology();
            var other = own.Peers[0] with { Id = PeerId.Parse("elsewhere"), Ordinal = 1 };
            services.GetRequiredService<TopologyCache>().Offer(new ClusterSnapshot(0, own with { Peers = [other], Ordinals = [] }, []));
            Func<Task>[] orders =
            [
                () => registry.Drain(other.Id), () => registry.Undrain(other.Id), () => registry.DropPeer(other.Id, force: true),
                () => registry.Move(other.Id, new PeerLocation("west", "z")),
            ];
            foreach (var order in orders)
            {
                var refused = await Assert.ThrowsAsync<PeerOfOtherClusterException>(order);
                Assert.Equal((other.Id, "north"), (refused.Peer, refused.Cluster));
            }

            Assert.Equal(own.Version, (await registry.GetTopology()).Version);
        });
    }

    [Fact]
    public async Task The_copies_of_an_event_are_looked_for_in_all_clusters_and_a_peer_that_cannot_be_asked_is_named()
    {
        await RunAsync("west", FederationSample.Document(), async services =>
        {
            var grains = services.GetRequiredService<IGrainFactory>();
            var receipt = await services.GetRequiredService<IAllDataPuts>().PutAsync(Payload);
            var own = await grains.GetPeerRegistry().GetTopology();
            var other = own.Peers[0] with { Id = PeerId.Parse("elsewhere"), Ordinal = 1 };
            var given = new DirectoryOrdinal(1, other.Id, Guid.NewGuid());
            services.GetRequiredService<TopologyCache>().Offer(new ClusterSnapshot(0, own with { Peers = [other], Ordinals = [given] }, []));

            var found = await grains.GetClusterAudit().FindCopies(receipt.Key);

            Assert.Equal(["elsewhere", "local"], found.Asked.Select(static asked => asked.Peer.Value));
            Assert.StartsWith("It was not asked: ", found.Asked[0].Silence, StringComparison.Ordinal);
            Assert.Null(found.Asked[1].Silence);
            Assert.Equal(PeerId.Parse("local"), Assert.Single(Assert.Single(EventCopies.Gather(found)).In(CopyState.Held)));
            Assert.Equal([1, 600], found.Store.Ordinals.Select(static o => o.Ordinal));
        });
    }

    [Fact]
    public async Task The_certificates_of_all_clusters_are_asked_for_and_one_that_cannot_be_reached_is_named()
    {
        await RunAsync("west", FederationSample.Document(), async services =>
        {
            var asked = await services.GetRequiredService<IGrainFactory>().GetCertificates().GetSealedByCluster(from: null, count: 10);

            Assert.Equal(["west", "north"], asked.Select(static of => of.Cluster));
            Assert.Equal((true, null), (asked[0].Sealed.IsEmpty, asked[0].Failure));
            Assert.True(asked[1].Sealed.IsEmpty);
            Assert.NotNull(asked[1].Failure);
        });
    }

    [Fact]
    public async Task A_cluster_that_joins_a_store_under_an_alias_keeps_what_it_has_and_does_not_go_back()
    {
        var (cluster, before) = (Guid.Empty, default(EventKey));
        await RunAsync("north", document: null, async services =>
        {
            before = (await services.GetRequiredService<IAllDataPuts>().PutAsync(Payload)).Key;
            cluster = services.GetRequiredService<HostedPeer>().ClusterId;
        });
        var joined = FederationSample.Document(version: 2, aliases: [cluster]);

        await RunAsync("north", joined, async services =>
        {
            var grains = services.GetRequiredService<IGrainFactory>();
            var description = await grains.GetPutCoordinator().Describe();
            Assert.Equal(FederationSample.Store, description.Store);
            Assert.Equal([cluster], description.Aliases.AsEnumerable());

            // A client that came to know the store by its former id goes on.
            grains.GetKnownStore().Accept(cluster);
            grains.GetKnownStore().Accept(description.Store, description.Aliases);
            var records = EventBatch.Of([Payload]).Records.ToArray();
            var put = await grains.GetPutCoordinator().PutMany(EventBatch.OfRecords(records, 1, hasKeys: false, cluster));
            Assert.Equal(before.Ordinal, put[0].Receipt!.Key.Ordinal);
            Assert.Equal([cluster, FederationSample.Store], await StoresOfBlocksAsync(grains, before));
        });

        Assert.Contains("Version 1 is lower than version 2", await RefusalOfAsync("north", FederationSample.Document(version: 1, aliases: [cluster])),
            StringComparison.Ordinal);
        Assert.Contains("no document is configured", await RefusalOfAsync("north", document: null), StringComparison.Ordinal);
        Assert.Contains("gives it to cluster 'north' (0), and this is cluster 'west' (1)", await RefusalOfAsync("west", joined), StringComparison.Ordinal);
    }

    private static async Task<List<Guid>> StoresOfBlocksAsync(IGrainFactory grains, EventKey from)
    {
        var page = await grains.GetReplica(PeerId.Parse("local")).ReadBlocks(new BlockRange(from, EventKey.MaxValue, [], null, 1 << 20));
        var stores = new List<Guid>();
        for (var rest = page.Blocks.AsSpan(); rest.Length > 0; rest = rest[BlockCodec.LengthOf(rest)..])
        {
            stores.Add(BlockCodec.DecodeHeader(rest[..BlockCodec.LengthOf(rest)]).ClusterId);
        }

        return stores;
    }

    private async Task<string> RefusalOfAsync(string cluster, FederationDocument? document) =>
        (await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(cluster, document, static _ => Task.CompletedTask))).Message;

    private async Task RunAsync(string cluster, FederationDocument? document, Func<IServiceProvider, Task> work)
    {
        var file = Path.Combine(_data.Path, "federation.json");
        if (document is not null)
        {
            await File.WriteAllBytesAsync(file, FederationJson.Write(document));
        }

        using var host = Build(options =>
        {
            options.DataDirectory = Path.Combine(_data.Path, "peer");
            options.Peer.Region = cluster;
            options.Deadlines.Announcement = TimeSpan.FromMilliseconds(1);
            options.Federation = document is null ? new FederationOptions() : new FederationOptions { File = file, Cluster = cluster };
        });
        await host.StartAsync();
        await work(host.Services);
        await host.StopAsync();
    }

    private IHost Build(Action<AllDataOptions> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        var ports = LocalClusterLayout.Create("unused", FreePorts.ForLocalCluster(1), 1).Peers[0];
        builder.UseOrleans(silo => silo.ConfigureEndpoints(IPAddress.Loopback, ports.SiloPort, ports.GatewayPort)
            .UseAllDataCluster(new AllDataClusterOptions { DatabaseFile = Path.Combine(_data.Path, "cluster.db") })
            .AddAllData(configure));
        return builder.Build();
    }
}
