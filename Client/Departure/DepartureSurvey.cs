using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary>Makes the cluster count what would be left without a peer.</summary>
internal sealed class DepartureSurvey(IGrainFactory grains, ClientServices services)
{
    private readonly RetryingCaller _caller = new(new RetryRule(services.Random), services.Time);

    /// <summary>Counts to the end. When the silo that counts dies, another one begins again.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="onProgress">Receives the sums so far, window by window.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<DepartureCheck> CountAsync(PeerId peer, Action<DepartureCheck> onProgress, CancellationToken cancellation) =>
        _caller.CallAsync(() => CountOnceAsync(peer, onProgress, cancellation), cancellation);

    private async Task<DepartureCheck> CountOnceAsync(PeerId peer, Action<DepartureCheck> onProgress, CancellationToken cancellation)
    {
        await foreach (var check in grains.GetClusterAudit().CheckDeparture(peer).WithCancellation(cancellation))
        {
            onProgress(check);
            if (check.IsEnded)
            {
                return check;
            }
        }

        throw new InvalidOperationException("The count of copies ended without its last page.");
    }
}
