using AllData.Client.Bench;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>The same load into each cluster of a store, in phases that all begin together.</summary>
internal sealed class StoreLoads : IAsyncDisposable
{
    private const int EventBytes = 200;

    // Above the client's own bound of a put.
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(60);

    private static int Begun;

    private readonly Dictionary<string, (AllDataClient Client, SteadyLoad Load)> _loads = [];
    private readonly List<RunRecord> _records = [];
    private readonly List<(string Cluster, LoadPhase Phase)> _phases = [];
    private readonly StoreClients _clients;
    private readonly double _perSecond;
    private readonly PutOptions? _options;

    /// <param name="store">The store.</param>
    /// <param name="clients">The ways to its clusters.</param>
    /// <param name="perSecond">Puts in a second into each.</param>
    /// <param name="phase">The first phase.</param>
    /// <param name="options">What each put asks for; null: nothing.</param>
    public StoreLoads(FederatedProcesses store, StoreClients clients, double perSecond, string phase, PutOptions? options = null)
    {
        (_clients, _perSecond, _options) = (clients, perSecond, options);
        foreach (var cluster in store.Network.Clusters)
        {
            Begin(cluster, phase);
        }
    }

    /// <summary>What was put and acknowledged.</summary>
    public IReadOnlyCollection<RunRecord> Records => _records;

    /// <summary>Puts acknowledged so far.</summary>
    public long Acknowledged => _records.Sum(static record => record.Acknowledged);

    /// <summary>What became known in each phase; the present one must be answered.</summary>
    public IEnumerable<(string Cluster, PhaseFigures Figures)> Figures => _phases.Select(static p => (p.Cluster, p.Phase.Summarize()));

    /// <summary>Begins a phase in all clusters.</summary>
    public void Begin(string phase)
    {
        foreach (var (cluster, (_, load)) in _loads)
        {
            load.Phase = NewPhase(cluster, phase);
        }
    }

    /// <summary>Puts no more into a cluster, or into all, and waits for the answers.</summary>
    public async Task PauseAsync(string? cluster = null)
    {
        var loads = _loads.Where(l => cluster is null || l.Key == cluster).Select(static l => l.Value.Load).ToList();
        loads.ForEach(static load => load.IsPaused = true);
        await Task.WhenAll(loads.Select(static load => load.AnsweredAsync(AnswerBound)));
    }

    /// <summary>Goes on in all clusters.</summary>
    public void Resume()
    {
        foreach (var (_, load) in _loads.Values)
        {
            load.IsPaused = false;
        }
    }

    /// <summary>Goes on in a cluster whose client was connected again.</summary>
    public async Task BeginAgainAsync(string cluster, string phase)
    {
        await EndAsync(cluster);
        Begin(cluster, phase);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _loads.Keys.ToList())
        {
            await EndAsync(cluster);
        }
    }

    private void Begin(string cluster, string phase)
    {
        // No two loads of a store may have the same name: an event of the one would be taken for the other's.
        var random = new Random(HashCode.Combine(Environment.ProcessId, Interlocked.Increment(ref Begun)));
        var record = new RunRecord(new NumberedEvents(EventBytes, random));
        _records.Add(record);
        var client = new AllDataClient(_clients[cluster]);
        _loads[cluster] = (client, new SteadyLoad(payload => client.PutAsync(payload, _options), record, _perSecond, NewPhase(cluster, phase)));
    }

    private async Task EndAsync(string cluster)
    {
        if (_loads.Remove(cluster, out var former))
        {
            await former.Load.DisposeAsync();
            await former.Client.DisposeAsync();
        }
    }

    private LoadPhase NewPhase(string cluster, string name)
    {
        var phase = new LoadPhase(name);
        _phases.Add((cluster, phase));
        return phase;
    }
}
