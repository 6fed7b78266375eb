using System.Collections.Immutable;
using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Departure;

/// <summary>One run of a <see cref="DepartureCommand"/>.</summary>
/// <param name="Services">What commands work with.</param>
/// <param name="Cluster">The connection.</param>
/// <param name="Peers">All that are registered.</param>
/// <param name="View">The peer that the command line names.</param>
/// <param name="Survey">Counts what would be left without it.</param>
/// <param name="Output">Writes the outcome.</param>
/// <param name="IsDry">Whether it only looks.</param>
/// <param name="HasOwn">Whether its own option is given.</param>
internal sealed record DepartureRun(
    ClientServices Services,
    ClusterSession Cluster,
    ImmutableArray<PeerView> Peers,
    PeerView View,
    DepartureSurvey Survey,
    DepartureOutput Output,
    bool IsDry,
    bool HasOwn)
{
    /// <summary>Its name.</summary>
    public PeerId Peer => View.Peer.Id;

    /// <summary>Counts once what would be left without it, with the progress shown.</summary>
    public async Task<DepartureCheck> CountAsync(CancellationToken cancellation)
    {
        DepartureCheck? last = null;
        var progress = new WorkProgress(
            Services.Terminal,
            () => Volatile.Read(ref last) is { } check ? $"{Peer}: {DepartureText.Counting(check)}" : $"{Peer}: counting copies",
            () => Volatile.Read(ref last) is { MinutesTotal: > 0 } check ? (double)check.MinutesChecked / check.MinutesTotal : 0,
            Services.Time);
        await progress.ShowAsync(() => Survey.CountAsync(Peer, check => Volatile.Write(ref last, check), cancellation));
        return last!;
    }

    /// <summary>Gives an order about it to the registry.</summary>
    public Task<TopologySnapshot> OrderAsync(Func<IPeerRegistryGrain, PeerId, Task<TopologySnapshot>> order, CancellationToken cancellation) =>
        Cluster.CallAsync(grains => order(grains.GetPeerRegistry(), Peer), cancellation);
}
