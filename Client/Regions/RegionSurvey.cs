using AllData.Client.Commands;
using AllData.Client.Departure;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Regions;

/// <summary>Makes the cluster count what only a region holds, or may hold.</summary>
internal sealed class RegionSurvey(string region, ClusterSession cluster, ClientServices services)
{
    /// <summary>Counts to the end, with the progress shown. When the silo that counts dies, another one begins again.</summary>
    public async Task<RegionFindings> FindAsync(CancellationToken cancellation)
    {
        RegionCheck? last = null;
        var progress = new WorkProgress(
            services.Terminal,
            () => Volatile.Read(ref last) is { } check ? $"{region}: {DepartureText.Counting(check.Check)}" : $"{region}: counting copies",
            () => Volatile.Read(ref last)?.Check is { MinutesTotal: > 0 } check ? (double)check.MinutesChecked / check.MinutesTotal : 0,
            services.Time);
        await progress.ShowAsync(() => cluster.CallAsync(
            async grains =>
            {
                await foreach (var check in grains.GetClusterAudit().CheckRegion(region).WithCancellation(cancellation))
                {
                    Volatile.Write(ref last, check);
                }

                return last;
            },
            cancellation));
        var found = last ?? throw new InvalidOperationException("The count of copies ended without a page.");
        return new RegionFindings(found, [.. found.Doubts(), .. await FindKnownMissingAsync(found, cancellation)]);
    }

    // Repair has seen what they hold before they fell silent. Others of those that stay may hold it, too: so it is a doubt, and no count.
    private async Task<IEnumerable<string>> FindKnownMissingAsync(RegionCheck check, CancellationToken cancellation)
    {
        var silent = check.Silent.ToHashSet();
        if (silent.Count == 0)
        {
            return [];
        }

        var views = await cluster.CallAsync(g => g.GetPeerRegistry().GetPeers(), cancellation);
        var replies = await new PeerSurvey(cluster.Grains, cluster.Caller).AskAsync(
            [.. views.Where(v => v is { Alive: true, Peer.Stores: true } && !silent.Contains(v.Peer.Id)).Select(static v => v.Peer.Id)],
            static (_, replica) => replica.GetReport(),
            cancellation);
        var missing = replies.Answers.SelectMany(a => a.Answer.Repair?.Peers.Where(c => silent.Contains(c.Peer)) ?? []).Sum(static c => c.MissingBlocks);
        return missing > 0 ? [$"Repair has seen there {missing:N0} copies of blocks that peers here are still to fetch."] : [];
    }
}
