using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Storage.Directories;

namespace AllData.Membership;

// What the registry accepts, and which of its entries can be read.
internal static partial class RegistryLedger
{
    // A registry whose database was restored from an old copy has forgotten at most this many of the last ordinals that it gave.
    private const int OrdinalMargin = 100;

    private const int MaxEndpointLength = 500;

    /// <summary>Entries are read again and again: an invalid name would make every later reading fail.</summary>
    private static void RefuseNonsense(PeerId peer, PeerLocation location)
    {
        if (!PeerId.TryParse(peer.Value, out _))
        {
            throw new PeerRefusedException("A peer without a name: give it one.", default);
        }

        if (location.Fault is { } fault)
        {
            throw new PeerRefusedException($"Peer '{peer}': {fault}", peer);
        }
    }

    private static void RefuseOtherCluster(RegistryState state, PeerAnnouncement announcement, OrdinalSource source)
    {
        if (state.ClusterId != Guid.Empty && source.Federation?.WhyForeign(state.ClusterId) is { } foreign)
        {
            throw new PeerRefusedException($"This registry belongs to cluster {state.ClusterId}. {foreign}", announcement.Peer);
        }

        if (announcement.ClusterId != Guid.Empty && announcement.ClusterId != state.ClusterId && !source.IsOneStore(announcement.ClusterId, state.ClusterId))
        {
            throw new PeerRefusedException(
                $"The data directory of peer '{announcement.Peer}' belongs to cluster {announcement.ClusterId}, this registry to "
                + (state.ClusterId == Guid.Empty
                    ? "none yet: its database is new. Put a backup of the registry's database back, or rebuild it from the data directories, which hold "
                        + "all that "
                        + $"is needed: {WaysOut.RebuildRegistry("DIR")}"
                    : $"{state.ClusterId}. Point the silo at the database of its own cluster, or give it another data directory and keep this one."),
                announcement.Peer);
        }

        if (state.IntervalSeconds != 0 && announcement.IntervalLength.TotalSeconds != state.IntervalSeconds)
        {
            throw new PeerRefusedException(
                $"Peer '{announcement.Peer}' is configured for intervals of {announcement.IntervalLength}, the cluster for "
                + $"{TimeSpan.FromSeconds(state.IntervalSeconds)}. There is one length per cluster: change AllData:IntervalLength.",
                announcement.Peer);
        }
    }

    /// <summary>An ordinal of another cluster's range is that cluster's to give: under it keys would be issued in both.</summary>
    private static void RefuseOtherRanges(RegistryState state, PeerAnnouncement announcement, OrdinalSource source)
    {
        if (source.Federation is not { } federation)
        {
            return;
        }

        if (federation.WhyDropped(announcement.Location.Region) is { } dropped)
        {
            throw new PeerRefusedException($"Peer '{announcement.Peer}' is in region '{announcement.Location.Region}'. {dropped}", announcement.Peer);
        }

        if (announcement.KnownOrdinal > 0 && federation.WhyNotGivenHere(announcement.KnownOrdinal) is { } reason
            && !state.Ordinals.Exists(o => o.Ordinal == announcement.KnownOrdinal && o.Directory == announcement.Directory))
        {
            throw new PeerRefusedException(
                $"The data directory of peer '{announcement.Peer}' has ordinal {announcement.KnownOrdinal}. {reason}", announcement.Peer);
        }

        if (state.Ordinals.Find(o => federation.IsOthers(o.Ordinal)) is { } others)
        {
            throw new PeerRefusedException(
                $"This registry gave ordinal {others.Ordinal} to peer '{others.Peer}'. {federation.WhyNotGivenHere(others.Ordinal)}", announcement.Peer);
        }
    }

    /// <summary>
    /// A directory's claims are believed only near what the registry knows: an invented ordinal or version could use up all of them permanently.
    /// </summary>
    private static void RefuseImpossible(RegistryState state, PeerAnnouncement announcement, OrdinalSource source)
    {
        var highest = HighestOrdinal(state, source);
        if (announcement.KnownOrdinal < 0 || announcement.KnownOrdinal > Math.Max(highest, source.Above(highest, OrdinalMargin)))
        {
            throw new PeerRefusedException(
                $"Peer '{announcement.Peer}' says that its directory has ordinal {announcement.KnownOrdinal}; the highest that this registry gave is "
                    + $"{highest}, and it may have "
                + $"lost {OrdinalMargin} at most. See that the silo uses the database of its own cluster, or restore the registry's database.",
                announcement.Peer);
        }

        if (announcement.KnownVersion < 0 || announcement.KnownVersion - Math.Max(state.Version, 0) > TopologySnapshot.MaxJump)
        {
            throw new PeerRefusedException(
                $"Peer '{announcement.Peer}' says that it knows topology {announcement.KnownVersion}; the registry is at {state.Version}, and it may "
                    + $"have lost {TopologySnapshot.MaxJump} "
                + "changes at most. Restore the registry's database; if topology.json in the peer's data directory is wrong, remove that file.",
                announcement.Peer);
        }

        if (announcement.Endpoint is not { Length: <= MaxEndpointLength } || !announcement.Endpoint.All(static c => c is > ' ' and <= '~'))
        {
            throw new PeerRefusedException(
                $"Peer '{announcement.Peer}' announces an invalid HTTP address: give at most {MaxEndpointLength} printable ASCII characters without "
                    + "spaces, or nothing.",
                announcement.Peer);
        }
    }

    /// <summary>A sentence for each entry that cannot be read and is therefore not published to the silos.</summary>
    public static IEnumerable<string> FindUnreadable(RegistryState state) =>
    [
        .. state.Peers.Where(p => !IsReadable(state, p)).Select(static p => $"a peer whose name, location or ordinal {p.Ordinal} is not valid"),
        .. state.Ordinals.Where(static o => !IsReadable(o)).Select(static o => $"ordinal {o.Ordinal}, which belongs to no peer's name"),
        .. state.Replacements.Where(static r => !IsReadable(r)).Select(static r => $"a replacement for ordinal {r.Ordinal} whose peer or location is "
            + "not valid"),
    ];

    // One entry that an older program has accepted must not make every reading fail.
    private static IEnumerable<RegistryPeer> Readable(RegistryState state) => state.Peers.Where(p => IsReadable(state, p));

    private static bool IsReadable(RegistryState state, RegistryPeer peer) =>
        PeerId.TryParse(peer.Id, out _) && LocationOf(peer).Fault is null && state.Ordinals.Exists(o => o.Ordinal == peer.Ordinal && IsReadable(o));

    private static bool IsReadable(RegistryOrdinal ordinal) => PeerId.TryParse(ordinal.Peer, out _) && ordinal.Ordinal is >= 1 and <= EventKey.MaxOrdinal;

    private static bool IsReadable(RegistryReplacement entry) => PeerId.TryParse(entry.Peer, out _)
        && (entry is { Region: "", Zone: "" } || new PeerLocation(entry.Region, entry.Zone).Fault is null);
}
