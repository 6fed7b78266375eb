using System.Runtime.Versioning;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Hosting;
using AllData.Membership;
using AllData.Peers;
using AllData.Replication;
using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace AllData.Tests.Cluster;

/// <summary>The limits of a silo: bounds of questions, messages and observers, refusals, and access to its files.</summary>
public sealed class SiloBoundsTests
{
    private static readonly PeerId North = PeerId.Parse("north-a");
    private static readonly PeerSpec[] Two = [new("north-a", "north", "a"), new("west-c", "west", "c")];
    private static readonly PeerSpec[] One = [new("north-a", "north", "a")];

    [Fact]
    public async Task A_made_up_topology_that_could_be_the_registrys_is_only_a_hint()
    {
        await using var cluster = await AllDataCluster.StartAsync(Two);
        var real = await cluster.Client.GetPeerRegistry().GetTopology();
        foreach (var peer in Two)
        {
            await cluster.Client.GetReplica(PeerId.Parse(peer.Id)).UpdateTopology(real with { Version = real.Version + 1, Peers = [] });
            Assert.Equal(2, cluster.Service<TopologyCache>(peer.Id).Current.Topology.Count);
        }
    }

    [Fact]
    public async Task List_fetch_and_claim_are_bounded_at_the_grain_and_so_are_messages_and_observers()
    {
        await using var cluster = await AllDataCluster.StartAsync(One);
        var replica = cluster.Client.GetReplica(North);
        var large = new byte[900_000];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cluster.Client.GetPutCoordinator().Put(EventPayload.FromBytes(large))));
        var page = await replica.ReadBuckets(new BucketRange(new(0), new(long.MaxValue), int.MaxValue));
        foreach (var minute in page.Buckets.Select(static b => b.UnixMinute).Distinct())
        {
            var entries = (await replica.ListBlocks(new BlockListRange(minute, [], null, int.MaxValue))).Entries;
            byte[] ids = [.. Enumerable.Range(0, entries.Length / 48).SelectMany(i => entries[(48 * i)..((48 * i) + 16)])];
            Assert.InRange((await replica.FetchBlocks(new BlockFetch(minute, ids, 90 << 20))).Blocks.Length, 0, 4 << 20);
        }

        await replica.ListBlocks(new BlockListRange(new(long.MaxValue), [], null, int.MaxValue));
        var inquiry = new KeyInquiry([], [.. Enumerable.Repeat(EventKey.FirstAt(0), 10_001)]);
        await Assert.ThrowsAsync<QuestionTooLargeException>(() => replica.LookUpToPut(inquiry));
    }

    [Fact]
    public async Task Messages_are_bounded()
    {
        await using var cluster = await AllDataCluster.StartAsync(One);
        Assert.Equal(32 << 20, cluster.Service<IOptions<SiloMessagingOptions>>("north-a").Value.MaxMessageBodySize);
    }

    [Fact]
    public async Task Observers_of_one_client_are_bounded()
    {
        await using var cluster = await AllDataCluster.StartAsync(One);
        var replica = cluster.Client.GetReplica(North);
        var observers = Enumerable.Range(0, 51).Select(static _ => new Observer()).ToList();
        var references = observers.ConvertAll(o => cluster.Client.CreateObjectReference<IIntervalObserver>(o));
        foreach (var reference in references[..50])
        {
            await replica.Subscribe(reference);
        }

        await replica.Subscribe(references[0]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => replica.Subscribe(references[50]));
        GC.KeepAlive(observers);
    }

    [Fact]
    public async Task A_batch_that_is_meant_for_another_store_is_refused_by_the_silo()
    {
        await using var cluster = await AllDataCluster.StartAsync(One);
        var batch = EventBatch.Of([EventPayload.FromText("1")]);
        var records = batch.Records.ToArray();
        var other = EventBatch.OfRecords(records, 1, hasKeys: false, Guid.NewGuid());
        await Assert.ThrowsAsync<OtherStoreException>(() => cluster.Client.GetPutCoordinator().PutMany(other));
    }

    [Fact]
    public async Task A_host_that_renames_its_silo_afterwards_is_refused()
    {
        using var data = new TemporaryDirectory();
        var ports = LocalClusterLayout.Create("unused", FreePorts.ForLocalCluster(1), 1).Peers[0];
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(ports.SiloPort, ports.GatewayPort).AddMemoryGrainStorage("AllData")
            .AddAllData(options => options.DataDirectory = Path.Combine(data.Path, "peer"))
            .Services.PostConfigure<SiloOptions>(static o => o.SiloName = "another"));
        using var host = builder.Build();
        var failure = await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
        Assert.Contains("'another'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_silo_logs_goes_through_the_guard()
    {
        using var services = new ServiceCollection().AddLogging(static logging => logging.ClearProviders().AddSiloConsole()).BuildServiceProvider();
        Assert.IsType<GuardedLogs>(Assert.Single(services.GetServices<ILoggerProvider>()));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_cluster_database_and_the_silos_log_are_their_users_alone()
    {
        await using var cluster = await AllDataCluster.StartAsync(One);
        await cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("1"));
        var root = Path.GetDirectoryName(cluster.DataDirectoryOf("north-a"))!;
        using var directory = new TemporaryDirectory();
        var peer = LocalClusterLayout.Create(directory.Path, 8081, 1).Peers[0];
        using (var log = new PeerLog(peer, _ => { }, TimeProvider.System))
        {
            log.Output("line");
        }

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Append(peer.LogFile))
        {
            var mode = File.GetUnixFileMode(file);
            Assert.True((mode & others) == 0, $"{file} has {mode}");
        }
    }

    private sealed class Observer : IIntervalObserver
    {
        public Task OnIntervalClosed(IntervalClosed closed) => Task.CompletedTask;
    }
}
