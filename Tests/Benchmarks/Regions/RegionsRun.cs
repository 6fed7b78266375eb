using System.Diagnostics;
using AllData.Client.Bench;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What the parts have in common: a store of three clusters under load, and the look at it in the end.</summary>
internal sealed class RegionsRun : IAsyncDisposable
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ScanBound = TimeSpan.FromMinutes(10);

    private readonly string? _keep;

    private RegionsRun(RunLog log, string[] args, FederatedProcesses store, StoreClients clients, double perSecond)
    {
        (Log, Store, Clients, _keep) = (log, store, clients, TextOf(args, "--silo-logs"));
        Loads = new StoreLoads(store, clients, perSecond, "warm-up");
        Links = new LinkWatch(store, clients);
    }

    /// <summary>What goes on.</summary>
    public RunLog Log { get; }

    /// <summary>The silos and the network between them.</summary>
    public FederatedProcesses Store { get; }

    /// <summary>A client of each cluster.</summary>
    public StoreClients Clients { get; }

    /// <summary>The load into each cluster.</summary>
    public StoreLoads Loads { get; }

    /// <summary>What the silos say of their links.</summary>
    public LinkWatch Links { get; }

    /// <summary>Starts the store and the load, and waits until the first code is compiled.</summary>
    /// <param name="log">What goes on.</param>
    /// <param name="args">The command line.</param>
    /// <param name="perSecond">Puts in a second into each cluster.</param>
    public static async Task<RegionsRun> StartAsync(RunLog log, string[] args, double perSecond)
    {
        var store = await FederatedProcesses.StartAsync();
        try
        {
            var run = new RegionsRun(log, args, store, await StoreClients.ConnectAsync(store), perSecond);
            log.Say($"three clusters run at base port {store.Layout.BasePort}: {perSecond:0} puts/s into each");
            await Task.Delay(WarmUp);
            return run;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins a phase and lets it last.</summary>
    public async Task PhaseAsync(string name, TimeSpan length)
    {
        Loads.Begin(name);
        Log.Say($"{name}, {length.TotalSeconds:0} s: {Loads.Acknowledged:N0} acknowledged so far");
        await Task.Delay(length);
    }

    /// <summary>Waits until all is where it is meant to be.</summary>
    /// <param name="bound">How long at most.</param>
    /// <param name="since">Measures the time; null: from now.</param>
    public Task<Convergence> ConvergeAsync(TimeSpan bound, Stopwatch? since = null) => new ConvergenceWatch(Store, Clients, Log).WaitAsync(bound, since);

    /// <summary>Reads all events back in each cluster, and judges that each was given once.</summary>
    /// <param name="verdict">Where it is judged.</param>
    /// <param name="more">Loads beside this one's.</param>
    public async Task ReadBackAsync(RegionsVerdict verdict, params StoreLoads[] more)
    {
        RunRecord[] records = [.. Loads.Records, .. more.SelectMany(static loads => loads.Records)];
        var acknowledged = records.Sum(static record => record.Acknowledged);
        foreach (var cluster in Store.Network.Clusters)
        {
            var read = await ReadBack.ReadAsync(Clients[cluster].CreateEventReader(), records).WaitAsync(ScanBound);
            verdict.Judge($"every acknowledged event is read once from {cluster}", read.IsExact, $"{read}, {acknowledged:N0} acknowledged");
            Log.Say($"read back from {cluster}: {read}");
        }
    }

    /// <summary>Stops all silos in good order, for their stores to be opened.</summary>
    public async Task StopAsync()
    {
        await Loads.DisposeAsync();
        await Store.Silos.StopAllAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_keep is not null)
        {
            Directory.CreateDirectory(_keep);
            foreach (var silo in Store.Silos.Silos)
            {
                await File.WriteAllLinesAsync(Path.Combine(_keep, $"{silo.Peer.Id}.log"), silo.Lines);
            }
        }

        await Loads.DisposeAsync();
        await Clients.DisposeAsync();
        await Store.DisposeAsync();
    }

    /// <summary>A text from a command line.</summary>
    public static string? TextOf(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;

    /// <summary>How long a store may take to come together, from a command line.</summary>
    public static TimeSpan BoundOf(string[] args) => SecondsOf(args, "--bound", 600);

    /// <summary>Seconds from a command line.</summary>
    public static TimeSpan SecondsOf(string[] args, string name, int otherwise) => TimeSpan.FromSeconds(LoadedCluster.Number(args, name, otherwise));
}
