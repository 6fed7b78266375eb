using AllData.Clustering;
using AllData.Configuration;
using AllData.Federation;
using AllData.Membership;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Storage;

namespace AllData.Hosting;

/// <summary>
/// Rebuilds the registry's state from the data directories of a cluster whose database was lost, and writes it where the silos look for it. No silo
/// is started: only the grain storage is set up.
/// </summary>
public static class RegistryRebuilding
{
    private const string StateName = "registry";

    /// <summary>Rebuilds the state. The directories stay as they are; each is locked until the state is written.</summary>
    /// <param name="options">The cluster database; it is created where it is missing.</param>
    /// <param name="paths">Data directories, or directories of local clusters, which have those of their peers in them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="output">Receives what was read and written, one item per line.</param>
    /// <param name="cancellation">Stops the rebuild; nothing is written after that.</param>
    /// <param name="federation">Names the cluster whose share is rebuilt, where one cluster's store is divided among several; null: all of it.</param>
    /// <exception cref="DataDirectoryException">A directory is in use, or is not a data directory.</exception>
    /// <exception cref="RegistryRebuildException">They contradict each other, or the registry is as new as they are.</exception>
    /// <exception cref="ClusterDatabaseException">The database cannot be prepared.</exception>
    public static async Task RunAsync(
        AllDataClusterOptions options, IEnumerable<string> paths, TimeProvider time, Action<string> output, CancellationToken cancellation,
        FederationOptions? federation = null)
    {
        var cluster = federation is { File.Length: > 0 } ? ClusterOf(federation) : null;
        var directories = paths.SelectMany(BoundDirectory.In).Distinct().ToList();
        var locks = new List<DirectoryLock>();
        try
        {
            foreach (var directory in directories.Where(BoundDirectory.HasIdentity))
            {
                locks.Add(DirectoryLock.Take(directory, "the command rebuild-registry", time));
            }

            var evidence = directories.ConvertAll(DirectoryReader.Read);
            evidence.ForEach(one => Describe(one, output));
            await WriteAsync(options, state => RegistryRebuild.From(state, evidence, cluster), output, cancellation);
        }
        finally
        {
            locks.ForEach(held => held.Dispose());
        }
    }

    private static FederatedCluster ClusterOf(FederationOptions federation)
    {
        try
        {
            var document = FederationFile.Read(federation.File);
            return document.Find(federation.Cluster) is { } own
                ? new FederatedCluster(document, own)
                : throw new RegistryRebuildException(
                    $"AllData:Federation:Cluster is '{ReadableText.Escape(federation.Cluster)}', and the federation document has "
                    + $"{string.Join(", ", document.Clusters)}. Write one of these names.");
        }
        catch (FederationException e)
        {
            throw new RegistryRebuildException(e.Message);
        }
    }

    private static async Task WriteAsync(
        AllDataClusterOptions options, Func<RegistryState, RegistryState> rebuild, Action<string> output, CancellationToken cancellation)
    {
        using var host = Build(options);
        await host.Services.GetRequiredService<ClusterDatabase>().PrepareAsync(cancellation);
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(AllDataStorageNames.GrainState);
        await OneShotLifecycle.StartAsync(storage, cancellation);
        var registry = host.Services.GetRequiredService<IGrainFactory>().GetPeerRegistry().GetGrainId();
        var state = new GrainState<RegistryState>(new RegistryState());
        await storage.ReadStateAsync(StateName, registry, state);
        var before = state.State ?? new RegistryState();
        state.State = rebuild(before);

        // With the tag of what was read: a silo that has written meanwhile is not overwritten.
        await storage.WriteStateAsync(StateName, registry, state);
        Describe(before, state.State, output);
    }

    private static IHost Build(AllDataClusterOptions options)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseAllDataCluster(options));
        return builder.Build();
    }

    private static void Describe(DirectoryEvidence one, Action<string> output)
    {
        var ordinal = one.Identity.Ordinal ?? one.Topology?.Ordinals.FirstOrDefault(o => o.Directory == one.Identity.Directory)?.Ordinal;
        output($"{one.Path}: peer '{one.Identity.Peer}', ordinal {(ordinal is null ? "unknown" : $"{ordinal}")}, "
            + (one.Topology is { } topology ? $"topology {topology.Version} with {topology.Peers.Length} peers" : "no topology"));
        foreach (var remark in one.Remarks)
        {
            output($"  {remark}");
        }
    }

    private static void Describe(RegistryState before, RegistryState after, Action<string> output)
    {
        var found = before.Version == 0 ? "was empty" : $"had an older state of version {before.Version}";
        output($"The registry {found}; it now has version {after.Version} of cluster {after.ClusterId} with {after.Peers.Count} registered and "
            + $"{after.Tombstones.Count} dropped peers; new data directories get ordinals above {after.HighestOrdinal}. Start the silos.");
    }

    /// <summary>Runs what one part does when a silo starts.</summary>
    private sealed class OneShotLifecycle : ISiloLifecycle
    {
        private readonly List<(int Stage, ILifecycleObserver Observer)> _observers = [];

        public int HighestCompletedStage => int.MinValue;

        public int LowestStoppedStage => int.MaxValue;

        public static async Task StartAsync(object part, CancellationToken cancellation)
        {
            var lifecycle = new OneShotLifecycle();
            (part as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);
            foreach (var (_, observer) in lifecycle._observers.OrderBy(one => one.Stage))
            {
                await observer.OnStart(cancellation);
            }
        }

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            _observers.Add((stage, observer));
            return new NoSubscription();
        }

        private sealed class NoSubscription : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
