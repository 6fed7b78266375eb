using System.Diagnostics;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What the silos say of their links.</summary>
internal sealed class LinkWatch(FederatedProcesses store, StoreClients clients)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RepairPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    /// <summary>Waits until every link between a cluster and the others is in a state, at both ends.</summary>
    /// <returns>The seconds that it took; null: it did not happen.</returns>
    public async Task<double?> WaitAsync(string cluster, LinkState state)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Bound)
        {
            var reports = await clients.ReportsAsync();
            if (reports.Count == store.Layout.Peers.Length && reports.All(report => LinksOf(report, cluster).All(link => link.State == state)))
            {
                return watch.Elapsed.TotalSeconds;
            }

            await Task.Delay(Period);
        }

        return null;
    }

    /// <summary>
    /// Waits until every peer says that repair has nothing left to do. That is asked within each cluster, so that the asking itself crosses no link. It must be
    /// said for a while: right after a link is back, a peer may say it once more of the time before.
    /// </summary>
    /// <returns>Whether it happened.</returns>
    public async Task<bool> CaughtUpAsync(TimeSpan bound)
    {
        var (watch, since) = (Stopwatch.StartNew(), Stopwatch.StartNew());
        while (since.Elapsed < Stable && watch.Elapsed < bound)
        {
            await Task.Delay(RepairPeriod);
            var reports = await clients.ReportsAsync();
            if (reports.Count < store.Layout.Peers.Length || !reports.All(HasNothingToDo))
            {
                since.Restart();
            }
        }

        return since.Elapsed >= Stable;
    }

    /// <summary>Bytes that repair has fetched from peers of other clusters, by all peers' words.</summary>
    public async Task<long> FetchedAcrossAsync()
    {
        var clusters = store.Layout.Peers.ToDictionary(static peer => peer.Id, static peer => peer.Cluster);
        return (await clients.ReportsAsync()).Sum(report =>
            report.Repair?.Peers.Where(other => clusters[other.Peer] != clusters[report.Peer]).Sum(static other => other.FetchedBytes) ?? 0);
    }

    /// <summary>How long ago the earliest time is up to which another cluster holds its copies, seconds; null where one does not say.</summary>
    public async Task<double?> LagAsync()
    {
        var times = (await clients.ReportsAsync()).SelectMany(static report => report.Repair?.Watermarks ?? []).Select(static w => w.HeldUpTo).ToList();
        return times.Count > 0 && times.TrueForAll(static t => t is not null) ? (DateTimeOffset.UtcNow - times.Min()!.Value).TotalSeconds : null;
    }

    // A minute that has just been heard of waits to come to rest, and until then the peer says that it has caught up.
    private static bool HasNothingToDo(PeerReport report) =>
        report.Repair is { IsCaughtUp: true } repair && repair.Peers.All(static p => p.WaitingMinutes == 0);

    private IEnumerable<LinkReport> LinksOf(PeerReport report, string cluster) =>
        report.Links.Where(link => link.Name == cluster || store.Layout.Find(report.Peer.Value)!.Cluster == cluster);
}
