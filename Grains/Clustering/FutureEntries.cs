using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace AllData.Clustering;

/// <summary>
/// Removes what a clock that was ahead has left in the membership, before Orleans reads it: entries of this silo's own endpoint with a generation (the
/// second in which a process started) later than its own, which Orleans takes for a successor, so that the silo would end itself at each start until
/// the clock has passed them; and heartbeats of the future, which would make a dead silo count as alive that long.
/// </summary>
/// <remarks>
/// The data directory is locked and the endpoint is bound by then: no other process can be the silo of such an entry.
/// </remarks>
internal sealed partial class FutureEntries(
    ClusterDatabase database, ILocalSiloDetails silo, IOptions<ClusterOptions> cluster, ILogger<FutureEntries> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(FutureEntries), ServiceLifecycleStage.RuntimeServices, RetireAsync);

    private async Task RetireAsync(CancellationToken cancellation)
    {
        var own = silo.SiloAddress;
        var retired = await database.RetireFutureEntriesAsync(
            cluster.Value.ClusterId, own.Endpoint.Address.ToString(), own.Endpoint.Port, own.Generation, cancellation);
        if (retired > 0)
        {
            LogRetired(own, retired);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The membership had {Count} entry or entries of this silo's endpoint that are later than {Silo}, which starts now: the clock was ahead when they were "
        + "made, or is behind now. They are removed.")]
    private partial void LogRetired(SiloAddress silo, int count);
}
