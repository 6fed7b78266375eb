using System.Collections.Immutable;
using AllData.Client.Peers;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Departure;

/// <summary>Who can take over what the last active peer of a cluster holds.</summary>
internal static class TakeOver
{
    /// <summary>A sentence for the operator; null while another peer of the cluster is active, which takes over without a word.</summary>
    public static async Task<string?> FindAsync(DepartureRun run, CancellationToken cancellation)
    {
        if (run.Peers.Any(p => p.Peer.Id != run.Peer && p.Peer is { Stores: true, Status: PeerStatus.Active }))
        {
            return null;
        }

        // The registry knows its own cluster's peers only. The silos know the others.
        var alive = run.Peers.Where(static p => p is { Alive: true, Peer.IsPutOnly: false }).Select(static p => p.Peer.Id);
        var survey = new PeerSurvey(run.Cluster.Grains, run.Cluster.Caller);
        var replies = await survey.AskAsync([.. alive], static (_, replica) => replica.GetReport(), cancellation);
        return Describe(run.Peer, [.. replies.Answers.SelectMany(static a => a.Answer.Links is { IsDefault: false } links ? links : [])]);
    }

    private static string Describe(PeerId peer, ImmutableArray<LinkReport> links)
    {
        // One silo that reaches a cluster is enough: it is that cluster's peers that fetch.
        var clusters = links.Where(static l => !l.HasDropped).GroupBy(static l => (l.Cluster, l.Name)).OrderBy(static c => c.Key)
            .ToLookup(static c => c.Any(static l => l.State != LinkState.CutOff), static c => $"'{c.Key.Name}' ({c.Key.Cluster})");
        return clusters[true].Any()
            ? $"No other peer of this cluster is active: peers of cluster {string.Join(" and cluster ", clusters[true])} take over what {peer} holds."
            : clusters[false].Any()
            ? $"No other peer of this cluster is active, and cluster {string.Join(" and cluster ", clusters[false])} is cut off: until it answers again, no "
                + $"peer can take over what {peer} holds."
            : $"No other peer is active, so no peer can take over what {peer} holds. Start or undrain another one.";
    }
}
