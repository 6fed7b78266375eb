using System.Collections.Immutable;
using AllData.Client.Terminals;
using AllData.Peers;

namespace AllData.Client.Peers;

/// <summary>A peer for machines.</summary>
internal sealed record PeerJson(
    string Peer, string Region, string Zone, PeerStatus Status, bool Alive, bool Stores, int Ordinal, string Endpoint, string? Client, string? Address)
{
    public static PeerJson Of(PeerView view) => new(
        view.Peer.Id.Value, view.Peer.Location.Region, view.Peer.Location.Zone, view.Peer.Status, view.Alive, view.Peer.Stores,
        view.Peer.Ordinal, view.Peer.Endpoint, view.Peer.Client, view.Peer.Address);
}

/// <summary>A peer that was registered, for machines.</summary>
internal sealed record AddedPeerJson(string Peer, string Region, string Zone, int Ordinal, string? Client, string? Address);

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

        var table = new ResultTable(new("region", 2), new("zone", 3), new("peer"), new("status"), new("endpoint", 1));
        foreach (var view in sorted)
        {
            var peer = view.Peer;
            table.AddRow(peer.Location.Region, peer.Location.Zone, peer.Id.Value, Describe(view), peer.Address ?? peer.Endpoint);
        }

        table.Write(terminal);
    }

    /// <summary>Writes a peer that was registered.</summary>
    public static void WriteAdded(Terminal terminal, PeerDescriptor peer, bool json)
    {
        if (json)
        {
            terminal.WriteJson(new AddedPeerJson(peer.Id.Value, peer.Location.Region, peer.Location.Zone, peer.Ordinal, peer.Client, peer.Address));
        }
        else
        {
            terminal.WriteLine($"{peer.Id} ({peer.Location}) is registered with ordinal {peer.Ordinal}, reached at {peer.Address} through {peer.Client}.");
        }
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
        var role = view.Peer.IsPutOnly ? ", put-only" : view.Peer.Stores ? "" : ", stores nothing";
        return view.Alive ? status + role : $"dead ({status}{role})";
    }
}
