using System.Collections.Immutable;
using AllData.Client.Terminals;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Status;

/// <summary>The link to another cluster of the store, as one or several silos see it.</summary>
/// <param name="Link">The link; the earliest time that any of them names.</param>
/// <param name="Peers">The peers of the silos that see it so.</param>
internal sealed record SeenLink(LinkReport Link, ImmutableArray<PeerId> Peers)
{
    /// <summary>The links in the order of the clusters' numbers; a cluster whose link is seen in several states is there several times.</summary>
    public static ImmutableArray<SeenLink> Of(IEnumerable<PeerCondition> peers) =>
    [
        .. peers.SelectMany(static p => p.Report?.Links is { IsDefault: false } links ? links.Select(l => (Peer: p.View.Peer.Id, Link: l)) : [])
            .GroupBy(static seen => (seen.Link.Cluster, seen.Link.State, seen.Link.HasDropped))
            .OrderBy(static same => same.Key)
            .Select(static same => new SeenLink(same.Select(static s => s.Link).MinBy(static l => l.Since)!, [.. same.Select(static s => s.Peer).Order()])),
    ];
}

/// <summary>A link for machines.</summary>
internal sealed record LinkJson(
    int Cluster, string Name, ImmutableArray<string> Regions, LinkState State, DateTimeOffset Since, IReadOnlyList<string> SeenBy, bool HasDropped)
{
    public static LinkJson Of(SeenLink seen) => new(
        seen.Link.Cluster, seen.Link.Name, seen.Link.Regions, seen.Link.State, seen.Link.Since, [.. seen.Peers.Select(static p => p.Value)],
        seen.Link.HasDropped);
}

/// <summary>Writes the links to the other clusters of the store.</summary>
internal static class LinkOutput
{
    /// <summary>Writes a table for people; nothing where the store has one cluster.</summary>
    public static void Write(Terminal terminal, ImmutableArray<SeenLink> links)
    {
        if (links.IsEmpty)
        {
            return;
        }

        var table = new ResultTable(new("cluster"), new("regions", 2), new("link"), new("since", 3), new("seen by", 1));
        foreach (var (link, peers) in links)
        {
            table.AddRow(
                $"{link.Name} ({link.Cluster})", string.Join(", ", link.Regions), Describe(link), $"{link.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss}",
                string.Join(", ", peers));
        }

        table.Write(terminal);
    }

    private static string Describe(LinkReport link) => link.State switch
    {
        _ when link.HasDropped => "has dropped this cluster",
        LinkState.Up => "up",
        LinkState.Doubtful => "doubtful",
        LinkState.CutOff => "cut off",
        LinkState.Healing => "healing",
        var state => $"{state}",
    };
}
