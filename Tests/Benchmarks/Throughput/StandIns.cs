using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Events;
using AllData.Peers;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using AllData.Silo.Hosting;
using AllData.Silo.Http;
using AllData.Silo.Http.Endpoints;
using AllData.Silo.LocalCluster;
using AllData.Storage.Opening;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AllData.Benchmarks;

/// <summary>What this program is when it is started as something to compare with: a silo without a disk, an HTTP server without a store.</summary>
internal static class StandIns
{
    /// <summary>The command of a silo whose store only counts; the silo program's arguments follow.</summary>
    public const string CountingSilo = "silo-that-counts";

    /// <summary>The command of a silo that does not number its blocks; the silo program's arguments follow.</summary>
    public const string UnnumberedSilo = "silo-without-numbers";

    /// <summary>The command of a silo as it is shipped, for a fair comparison with the others; the silo program's arguments follow.</summary>
    public const string ShippedSilo = "silo-as-shipped";

    /// <summary>The command of an HTTP server that answers without storing; its port follows.</summary>
    public const string AnsweringServer = "server-that-answers";

    /// <summary>The command line of one of them.</summary>
    public static ChildProgram Program(string command) => new("dotnet", [typeof(StandIns).Assembly.Location, command]);

    /// <summary>Runs a peer of a local cluster whose store only counts.</summary>
    public static Task<int> RunCountingSiloAsync(string peer, string data, string basePort, string peers, string[] settings) => RunSiloAsync(
        peer, data, basePort, peers, settings, static services => services.AddSingleton(new StorageSeams { OpenInstead = static _ => new CountingStore() }));

    /// <summary>Runs a peer of a local cluster that does not number its blocks.</summary>
    public static Task<int> RunUnnumberedSiloAsync(string peer, string data, string basePort, string peers, string[] settings) =>
        RunSiloAsync(peer, data, basePort, peers, settings, static services => services.AddSingleton<IBlockNumbers, PlainBlockIds>());

    /// <summary>Runs a peer of a local cluster as it is shipped.</summary>
    public static Task<int> RunShippedSiloAsync(string peer, string data, string basePort, string peers, string[] settings) =>
        RunSiloAsync(peer, data, basePort, peers, settings, static _ => { });

    private static Task<int> RunSiloAsync(
        string peer, string data, string basePort, string peers, string[] settings, Action<IServiceCollection> replace)
    {
        var layout = LocalClusterLayout.Create(data, int.Parse(basePort), int.Parse(peers));
        var silo = new SiloSettings(layout.Defaults, layout.IdentityOf(layout.Find(peer)!), [.. settings]);
        return SiloRun.RunAsync(silo, Console.OpenStandardInput(), Console.Error, builder => replace(builder.Services));
    }

    /// <summary>Runs the HTTP side of a silo alone, until the standard input ends.</summary>
    public static async Task<int> RunAnsweringServerAsync(string port)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new($"{EventHttpOptions.Section}:Port", port)]);
        builder.Services.AddOptions<AllDataOptions>().BindConfiguration(AllDataOptions.SectionName);
        var store = new AnsweringStore();
        builder.Services.AddSingleton<IAllDataPuts>(store).AddSingleton<IEventReader>(store);
        builder.Services.AddSingleton<SiloReadiness>(static () => []);
        await using var app = builder.AddEventHttp().Build();
        app.MapEventHttp();
        await app.StartAsync();
        Console.WriteLine("ready");
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        return 0;
    }

    /// <summary>Answers as if it had stored.</summary>
    private sealed class AnsweringStore : IAllDataPuts, IEventReader
    {
        private static readonly Replica[] Holders =
            [new(PeerId.Parse("north-a"), new PeerLocation("north", "a")), new(PeerId.Parse("north-b"), new PeerLocation("north", "b"))];

        private static readonly PutReceipt Receipt =
            new(EventKey.Create(1_767_614_400_000, 1, 1), PutOutcome.Stored, [.. Holders], CommitLevel.Quorum, Adherence.Strict)
            {
                Pending = [new Replica(PeerId.Parse("west-c"), new PeerLocation("west", "c"))],
            };

        private static readonly Task<PutReceipt> Answer = Task.FromResult(Receipt);

        public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options) => Answer;

        public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options) => Answer;

        public Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? options) => throw new NotSupportedException("This server takes single events.");

        public Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count) => throw new NotSupportedException("This server takes single events.");

        public void ReleaseKeys(ImmutableArray<EventKey> unused) => throw new NotSupportedException("This server takes single events.");

        public Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken) => Task.FromResult(new EventReadResult(key, [], []));

        public EventScan Scan(ScanRange range) => throw new NotSupportedException("This server keeps nothing.");
    }
}
