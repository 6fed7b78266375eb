using System.Collections.Immutable;
using AllData.Peers;
using Spectre.Console;

namespace AllData.Client.Output;

/// <summary>A peer for machines.</summary>
internal sealed record PeerJson(
    string Peer, string Region, string Zone, PeerStatus Status, bool Alive, bool Stores, int Ordinal, string Endpoint)
{
    /// <summary>Shapes a peer.</summary>
    public static PeerJson Of(PeerView view) => new(
        view.Peer.Id.Value, view.Peer.Location.Region, view.Peer.Location.Zone, view.Peer.Status, view.Alive, view.Peer.Stores,
        view.Peer.Ordinal, view.Peer.Endpoint);
}

/// <summary>Writes the registered peers.</summary>
internal static class PeersOutput
{
    /// <summary>Writes them for a machine or for people, by region, zone and name.</summary>
    public static void Write(Terminal terminal, ImmutableArray<PeerView> peers, bool json)
    {
        var sorted = peers
            .OrderBy(static p => p.Peer.Location.Region, StringComparer.Ordinal)
            .ThenBy(static p => p.Peer.Location.Zone, StringComparer.Ordinal)
            .ThenBy(static p => p.Peer.Id);
        if (json)
        {
            terminal.WriteJson(sorted.Select(PeerJson.Of));
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("region", "zone", "peer", "status", "endpoint");
        foreach (var view in sorted)
        {
            var peer = view.Peer;
            table.AddRow(
                new Text(peer.Location.Region), new Text(peer.Location.Zone), new Text(peer.Id.Value), new Text(Describe(view)),
                new Text(peer.Endpoint));
        }

        terminal.Results.Write(table);
    }

    /// <summary>Its status in words, and whether it is dead.</summary>
    public static string Describe(PeerView view)
    {
        var status = view.Peer.Status switch
        {
            PeerStatus.Active => "active",
            PeerStatus.Draining => "draining",
            PeerStatus.Away => "away",
            _ => "read-only",
        };
        var role = view.Peer.Stores ? "" : ", stores nothing";
        return view.Alive ? status + role : $"dead ({status}{role})";
    }
}
