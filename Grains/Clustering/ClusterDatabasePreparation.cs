using AllData.Membership;

namespace AllData.Clustering;

/// <summary>Prepares the cluster database before anything else of the silo starts: Orleans reads its statements there early on.</summary>
internal sealed class ClusterDatabasePreparation(ClusterDatabase database, HostedPeer? peer = null) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterDatabasePreparation), ServiceLifecycleStage.First, PrepareAsync);

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        await database.RefuseLossAsync(peer?.DirectoryPath, cancellation);
        await database.PrepareAsync(cancellation);
    }
}
