using System.Collections.Concurrent;
using AllData.Security;
using AllData.Silo.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>The silos of a local cluster, each a process, on data of their own that stays when they die and goes with this.</summary>
internal sealed class LocalClusterProcesses : IAsyncDisposable
{
    // Two cores may be shared by six silos, their load and whatever else runs.
    private static readonly TimeSpan ReadyBound = TimeSpan.FromMinutes(3);

    private readonly TemporaryDirectory _data = new();
    private readonly ChildProgram _program;
    private readonly ConcurrentDictionary<string, SiloProcess> _running = new();
    private Func<LocalClusterPeer, string[]> _settings;
    private IDisposable? _prepared;

    private LocalClusterProcesses(ChildProgram program, int peers, int clusters, string[] settings, bool isSecure = false)
    {
        _program = program;
        _settings = _ => settings;
        Layout = LocalClusterLayout.Create(_data.Path, FreePorts.ForProcesses(peers, clusters), peers, clusters, isSecure);
    }

    /// <summary>The peers, with their places and ports.</summary>
    public LocalClusterLayout Layout { get; }

    /// <summary>The present process of each peer, ended or not.</summary>
    public IReadOnlyCollection<SiloProcess> Silos => [.. _running.Values];

    /// <summary>The present process of a peer.</summary>
    public SiloProcess this[string peer] => _running[peer];

    /// <summary>Starts the first peers of the layout and waits until all take puts.</summary>
    public static Task<LocalClusterProcesses> StartAsync(int peers, params string[] settings) => StartAsync(SiloProcess.SiloProgram, peers, settings);

    /// <summary>The same with silos of another program.</summary>
    public static Task<LocalClusterProcesses> StartAsync(ChildProgram program, int peers, params string[] settings) =>
        StartAsync(program, peers, static _ => null, settings);

    /// <summary>The same where something is laid beneath the data first; it is taken away again when the silos have ended.</summary>
    public static async Task<LocalClusterProcesses> StartAsync(
        ChildProgram program, int peers, Func<LocalClusterLayout, IDisposable?> prepare, params string[] settings)
    {
        var cluster = new LocalClusterProcesses(program, peers, clusters: 1, settings);
        return await cluster.StartPreparedAsync(layout => cluster._prepared = prepare(layout));
    }

    /// <summary>Starts the first peers of the layout with TLS and certificates at all ports.</summary>
    public static Task<LocalClusterProcesses> StartSecureAsync(int peers, params string[] settings)
    {
        var cluster = new LocalClusterProcesses(SiloProcess.SiloProgram, peers, clusters: 1, settings, isSecure: true);
        return cluster.StartPreparedAsync(static layout => Assert.Empty(LocalClusterCheck.Complaints(layout, [])));
    }

    /// <summary>The certificate of the client that may do everything, where the silos were started secure.</summary>
    public AllDataTlsOptions Admin => new()
    {
        CertificateFile = Layout.Certificates.CertificateOf(LocalClusterLayout.Admin),
        KeyFile = Layout.Certificates.KeyOf(LocalClusterLayout.Admin),
        SiloCaFile = Layout.Certificates.CertificateOf(CertificateDirectory.SiloAuthority),
    };

    /// <summary>Starts a store that has a cluster in each region.</summary>
    /// <param name="prepare">Writes what the clusters have in common, and says what each peer is to be set to.</param>
    public static Task<LocalClusterProcesses> StartClustersAsync(Func<LocalClusterLayout, Func<LocalClusterPeer, string[]>> prepare)
    {
        var clusters = new LocalClusterProcesses(SiloProcess.SiloProgram, LocalClusterLayout.MaxPeers, LocalClusterLayout.MaxClusters, []);
        return clusters.StartPreparedAsync(layout => clusters._settings = prepare(layout));
    }

    /// <summary>Starts all peers, again if they ran before, and waits until they take puts.</summary>
    public async Task StartAllAsync()
    {
        foreach (var peer in Layout.Peers)
        {
            await LaunchAsync(peer);
        }

        await Task.WhenAll(Silos.Select(silo => silo.ReadyAsync(ReadyBound)));
    }

    /// <summary>Starts a peer whose process has ended, on its own data, and waits until it takes puts.</summary>
    public async Task RestartAsync(string peer) => await (await LaunchAsync(Layout.Find(peer)!)).ReadyAsync(ReadyBound);

    /// <summary>Starts each peer whose process has ended, as the service manager of its machine does, and waits until it takes puts.</summary>
    public Task RestartEndedAsync() => Task.WhenAll(Silos.Where(static s => s.HasEnded).Select(s => RestartAsync(s.Peer.Id.Value)));

    /// <summary>kill -9 of all at once.</summary>
    public async Task KillAllAsync()
    {
        foreach (var silo in Silos)
        {
            silo.Kill();
        }

        await Task.WhenAll(Silos.Select(silo => silo.EndsAsync()));
    }

    /// <summary>Stops all in good order.</summary>
    /// <returns>The exit codes, in the order of the layout.</returns>
    public Task<int[]> StopAllAsync() => Task.WhenAll(Layout.Peers.Select(peer => this[peer.Id.Value].StopAsync()));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos)
        {
            await silo.DisposeAsync();
        }

        _prepared?.Dispose();
        _data.Dispose();
    }

    private async Task<LocalClusterProcesses> StartPreparedAsync(Action<LocalClusterLayout> prepare)
    {
        try
        {
            prepare(Layout);
            await StartAllAsync();
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private async Task<SiloProcess> LaunchAsync(LocalClusterPeer peer)
    {
        if (_running.TryGetValue(peer.Id.Value, out var former))
        {
            await former.EndsAsync();
            await former.DisposeAsync();
        }

        return _running[peer.Id.Value] = SiloProcess.Start(_program, Layout, peer, _settings(peer));
    }
}
