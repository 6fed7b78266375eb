namespace AllData.Client.Read;

/// <summary>The words for what is in doubt, and for what an operator does about it.</summary>
internal static class DoubtText
{
    /// <summary>Where events may be missing, and which peer or cluster must answer.</summary>
    public static string Line(DoubtJson doubt) => $"In doubt from {doubt.From} to {doubt.To}{Of(doubt)}: {doubt.Reason}";

    /// <summary>What makes a read certain: which peers to start, which clusters to reach.</summary>
    public static string WayOut(IReadOnlyList<DoubtJson> doubts)
    {
        string[] away = [.. doubts.Where(static d => d.Peer is null).Select(static d => d.Cluster).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

        // The silence of a cluster explains that of its peers.
        var peers = doubts.Where(d => d.Peer is not null && !away.Contains(d.Cluster)).GroupBy(static d => d.Cluster)
            .OrderBy(static g => g.Key, StringComparer.Ordinal).ToList();
        var orders = peers.Select(static g => $"start or repair {Names(g)}{(g.Key is { } cluster ? $" in cluster {cluster}" : "")}")
            .Concat(away.Length == 0 ? [] : [$"see that cluster {string.Join(" and cluster ", away)} can be reached"])
            .Concat(doubts.Any(static d => d is { Peer: null, Cluster: null }) ? ["see that the cluster database answers"] : []);
        return $"To be certain: {string.Join("; ", orders)}, and read again."
            + (peers.Exists(static g => g.Key is null) ? " Drop a peer that will not come back." : "")
            + (doubts.Any(static d => d.Cluster is not null) ? " 'alldata region drop' drops a region that will not come back." : "");
    }

    /// <summary>Which peer or cluster must answer, to follow a word.</summary>
    public static string Of(DoubtJson doubt) => (doubt.Peer, doubt.Cluster) switch
    {
        ({ } peer, null) => $", peer {peer}",
        ({ } peer, { } cluster) => $", peer {peer} of cluster {cluster}",
        (null, { } cluster) => $", cluster {cluster}",
        _ => "",
    };

    private static string Names(IEnumerable<DoubtJson> doubts) =>
        string.Join(", ", doubts.Select(static d => d.Peer).Distinct().Order(StringComparer.Ordinal));
}
