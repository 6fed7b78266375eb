using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Storage.Directories;

namespace AllData.Membership;

/// <summary>
/// The registry's rules, without I/O: every order is applied to a copy of the state, and the answer is the changed copy or, where nothing
/// changes, the state itself.
/// </summary>
internal static partial class RegistryLedger
{
    /// <summary>Registers, revives or updates nothing but what the announcement says; a tombstone stays one.</summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="announcement">What the silo says.</param>
    /// <param name="newClusterId">Becomes the cluster's id if it has none yet.</param>
    /// <exception cref="PeerRefusedException">
    /// Another cluster, another interval length, an ordinal that another directory has, no ordinal left, or an invalid name or location.
    /// </exception>
    public static RegistryState Announce(RegistryState state, PeerAnnouncement announcement, Guid newClusterId)
    {
        RefuseNonsense(announcement.Peer, announcement.Location);
        RefuseImpossible(state, announcement);
        RefuseOtherCluster(state, announcement);
        var next = Copy(state);
        AdoptOrdinal(next, announcement);
        HearOfOrdinals(next, announcement);
        if (next.ClusterId == Guid.Empty)
        {
            next.ClusterId = newClusterId;
        }

        if (next.IntervalSeconds == 0)
        {
            next.IntervalSeconds = announcement.IntervalLength.TotalSeconds;
        }

        var ordinal = announcement.KnownOrdinal > 0 ? announcement.KnownOrdinal : OrdinalOf(next, announcement.Peer, announcement.Directory);
        var peer = Find(next.Peers, announcement.Peer);
        if (Find(next.Tombstones, announcement.Peer) is { } tombstone)
        {
            // Its present directory, should it be revived; its location stays the one that it was dropped with.
            tombstone.Ordinal = ordinal;
            tombstone.Stores = announcement.Stores;
        }
        else if (peer is null)
        {
            peer = new RegistryPeer { Id = announcement.Peer.Value };
            next.Peers.Add(peer);
        }

        if (peer is not null)
        {
            peer.Region = announcement.Location.Region;
            peer.Zone = announcement.Location.Zone;
            peer.Stores = announcement.Stores;
            peer.Ordinal = ordinal;
            peer.Endpoint = announcement.Endpoint;

            // A silo announces itself after its storage has opened and checked itself: the reason for read-only is gone.
            peer.ReadOnly = false;
            peer.AwaySince = 0;

            // It runs again: what it takes from now on was not counted.
            peer.ConfirmedAt = 0;
            SettleReplacement(next, peer);
        }

        return Versioned(state, next, announcement.KnownVersion);
    }

    /// <summary>Registers a peer by hand, or revives a dropped one.</summary>
    /// <exception cref="PeerRefusedException">It is registered elsewhere, or the name or location is not valid.</exception>
    public static RegistryState Add(RegistryState state, PeerId peer, PeerLocation location, Guid newClusterId)
    {
        RefuseNonsense(peer, location);
        var known = Find(state.Peers, peer);
        if (known is not null)
        {
            return LocationOf(known) == location
                ? state
                : throw new PeerRefusedException(
                    $"Peer '{peer}' is registered at {LocationOf(known)}, not at {location}. Move it instead of adding it again.", peer);
        }

        var next = Copy(state);
        if (next.ClusterId == Guid.Empty)
        {
            next.ClusterId = newClusterId;
        }

        var revived = Find(next.Tombstones, peer);
        if (revived is not null)
        {
            next.Tombstones.Remove(revived);
        }

        var added = revived ?? new RegistryPeer { Id = peer.Value };
        added.Region = location.Region;
        added.Zone = location.Zone;
        (added.Draining, added.DrainingSince, added.ConfirmedAt) = (false, 0, 0);
        added.Ordinal = added.Ordinal == 0 ? OrdinalOf(next, peer, Guid.Empty) : added.Ordinal;
        added.AwaySince = 0;
        next.Peers.Add(added);
        SettleReplacement(next, added);
        return Versioned(state, next);
    }

    /// <summary>Drops a peer; no change if it is unknown or already dropped.</summary>
    public static RegistryState Drop(RegistryState state, PeerId peer)
    {
        if (Find(state.Peers, peer) is null)
        {
            return state;
        }

        var next = Copy(state);
        var dropped = Find(next.Peers, peer)!;
        next.Peers.Remove(dropped);
        next.Tombstones.Add(dropped);
        ForgetConfirmations(next);
        Replace(next, dropped, ReplacementReason.Dropped, next.Peers);
        return Versioned(state, next);
    }

    /// <summary>Sets or lifts draining: others take the peer's place in its copysets, or it takes it back.</summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="draining">Whether it drains.</param>
    /// <param name="now">The time, milliseconds since 1970 UTC.</param>
    /// <exception cref="PeerRefusedException">Not registered.</exception>
    public static RegistryState SetDraining(RegistryState state, PeerId peer, bool draining, long now = 0) => Change(state, peer, (next, p) =>
    {
        p.DrainingSince = !draining ? 0 : p.Draining ? p.DrainingSince : now;
        p.ConfirmedAt = draining && p.Draining ? p.ConfirmedAt : 0;
        p.Draining = draining;
        SettleReplacement(next, p);
    });

    /// <summary>Sets or lifts read-only.</summary>
    /// <exception cref="PeerRefusedException">Not registered.</exception>
    public static RegistryState SetReadOnly(RegistryState state, PeerId peer, bool readOnly) =>
        Change(state, peer, (_, p) => p.ReadOnly = readOnly);

    /// <summary>Changes a peer's location.</summary>
    /// <exception cref="PeerRefusedException">Not registered, or the location is not valid.</exception>
    public static RegistryState Move(RegistryState state, PeerId peer, PeerLocation location)
    {
        RefuseNonsense(peer, location);
        return Change(state, peer, (_, p) => (p.Region, p.Zone) = (location.Region, location.Zone));
    }

    /// <summary>The topology that silos receive.</summary>
    public static TopologySnapshot Snapshot(RegistryState state) => new()
    {
        Version = state.Version,
        ClusterId = state.ClusterId,
        IntervalLength = TimeSpan.FromSeconds(state.IntervalSeconds),
        Peers = [.. Readable(state).Select(p => Describe(state, p)).OrderBy(p => p.Id)],
        Ordinals = [.. state.Ordinals.Where(IsReadable).OrderBy(o => o.Ordinal)
            .Select(o => new DirectoryOrdinal(o.Ordinal, PeerId.Parse(o.Peer), o.Directory))],
        Replacements = [.. state.Replacements.Where(IsReadable).Select(Describe)],
    };

    private static PeerDescriptor Describe(RegistryState state, RegistryPeer peer) => new(
        PeerId.Parse(peer.Id),
        LocationOf(peer),
        StatusOf(state, peer),
        peer.Stores,
        peer.Ordinal,
        state.Ordinals.First(o => o.Ordinal == peer.Ordinal).Directory,
        peer.Endpoint);

    /// <summary>The highest ordinal that was given, as far as the registry or any silo that announced itself knows.</summary>
    private static int HighestOrdinal(RegistryState state) =>
        Math.Max(state.HighestOrdinal, state.Ordinals.Select(static o => o.Ordinal).DefaultIfEmpty().Max());

    /// <summary>
    /// A directory remembers the ordinal that it was given. A registry that does not has lost the change (a restored backup, a fail-over): it
    /// takes it back, or refuses where another directory was given the same one, because both would issue the same keys.
    /// </summary>
    private static void AdoptOrdinal(RegistryState next, PeerAnnouncement announcement)
    {
        if (announcement.KnownOrdinal == 0)
        {
            return;
        }

        var holder = next.Ordinals.Find(o => o.Ordinal == announcement.KnownOrdinal);
        if (holder is null)
        {
            next.Ordinals.Add(new RegistryOrdinal
            {
                Ordinal = announcement.KnownOrdinal,
                Peer = announcement.Peer.Value,
                Directory = announcement.Directory,
            });
        }
        else if (holder.Directory != announcement.Directory)
        {
            throw new PeerRefusedException(
                $"The data directory of peer '{announcement.Peer}' was given ordinal {announcement.KnownOrdinal}, which this registry gave to "
                + $"directory {holder.Directory} of peer '{holder.Peer}': its database has lost changes. Give the directory that is started later a new "
                    + "identity, which keeps its events: "
                + $"{WaysOut.RenewDirectory("DIR")}",
                announcement.Peer);
        }
    }

    /// <summary>
    /// What the silo's topology contains was given out by a registry of this cluster: a registry that has forgotten it must not give it out again. A
    /// number far beyond what is known is nonsense, and would leave no ordinals for other peers.
    /// </summary>
    private static void HearOfOrdinals(RegistryState next, PeerAnnouncement announcement)
    {
        var known = HighestOrdinal(next);
        if (announcement.HighestOrdinal > known && announcement.HighestOrdinal <= known + RegistryRebuild.OrdinalsAhead)
        {
            next.HighestOrdinal = announcement.HighestOrdinal;
        }
    }

    private static void RefuseOtherCluster(RegistryState state, PeerAnnouncement announcement)
    {
        if (announcement.ClusterId != Guid.Empty && announcement.ClusterId != state.ClusterId)
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

    /// <summary>The ordinal of a data directory: the one it has, the one that waits for the peer's first directory, or a new one.</summary>
    private static int OrdinalOf(RegistryState next, PeerId peer, Guid directory)
    {
        var given = next.Ordinals.Find(o => o.Directory == directory && o.Peer == peer.Value)
            ?? next.Ordinals.Find(o => o.Directory == Guid.Empty && o.Peer == peer.Value);
        if (given is null)
        {
            // Never reused: two directories with one ordinal would issue the same keys.
            if (NextOrdinal(next) is not { } ordinal)
            {
                throw new PeerRefusedException(
                    $"All {EventKey.MaxOrdinal} ordinals of this cluster are used up, so peer '{peer}' cannot get one: keys have room for four digits. "
                    + "Start a new cluster and export the old one into it.",
                    peer);
            }

            given = new RegistryOrdinal { Ordinal = ordinal, Peer = peer.Value };
            next.Ordinals.Add(given);
        }

        given.Directory = directory;
        return given.Ordinal;
    }

    /// <summary>
    /// The one behind the highest. Where that is the last one, one stands far ahead of the others, taken over from a directory that made it up: room
    /// that was never given lies before it, behind a margin for those that a registry may have lost.
    /// </summary>
    private static int? NextOrdinal(RegistryState state)
    {
        var highest = HighestOrdinal(state);
        if (highest < EventKey.MaxOrdinal)
        {
            return highest + 1;
        }

        int[] given = [0, .. state.Ordinals.Select(static o => o.Ordinal).Order()];
        var (gap, before) = given.Zip(given.Skip(1)).Max(static pair => (pair.Second - pair.First, pair.First));
        return gap > 2 * OrdinalMargin ? before + OrdinalMargin + 1 : null;
    }

    private static RegistryState Change(RegistryState state, PeerId peer, Action<RegistryState, RegistryPeer> change)
    {
        var next = Copy(state);
        change(next, Find(next.Peers, peer)
            ?? throw new PeerRefusedException($"Peer '{peer}' is not registered. Add it first, or check the name with 'alldata peers'.", peer));
        return Versioned(state, next);
    }

    /// <param name="before">The state.</param>
    /// <param name="after">The changed copy.</param>
    /// <param name="knownVersion">A version that is in use already: silos would not take over an equal or older one.</param>
    /// <returns>
    /// The changed copy with the next version; with the same one where only since when peers are away, or which ordinals were given, has changed, of
    /// which silos are not told; or the state itself.
    /// </returns>
    private static RegistryState Versioned(RegistryState before, RegistryState after, long knownVersion = 0)
    {
        if (Equal(before, after) && before.Version >= knownVersion)
        {
            return before.HighestOrdinal == after.HighestOrdinal && before.Peers.Select(Times).SequenceEqual(after.Peers.Select(Times)) ? before : after;
        }

        if (Math.Max(before.Version, knownVersion) == long.MaxValue)
        {
            throw new RegistryUnavailableException(
                $"The topology has version {long.MaxValue}, the last one: nothing can be changed any more. Restore the registry's database from before "
                    + "it had. Puts go on.");
        }

        after.Version = checked(Math.Max(before.Version, knownVersion) + 1);
        foreach (var entry in after.Replacements.Where(static r => r.Version == 0))
        {
            entry.Version = after.Version;
        }

        return after;
    }

    private static bool Equal(RegistryState a, RegistryState b) =>
        a.ClusterId == b.ClusterId && a.IntervalSeconds == b.IntervalSeconds
        && a.Peers.Select(Facts).SequenceEqual(b.Peers.Select(Facts))
        && a.Tombstones.Select(Facts).SequenceEqual(b.Tombstones.Select(Facts))
        && a.Ordinals.Select(o => (o.Ordinal, o.Peer, o.Directory)).SequenceEqual(b.Ordinals.Select(o => (o.Ordinal, o.Peer, o.Directory)))
        && a.Replacements.Select(r => (r.Version, r.Peer, r.Ordinal, r.Reason)).SequenceEqual(
            b.Replacements.Select(r => (r.Version, r.Peer, r.Ordinal, r.Reason)));

    // What silos are not told.
    private static (long, long, long) Times(RegistryPeer p) => (p.AwaySince, p.DrainingSince, p.ConfirmedAt);

    private static (string, string, string, bool, bool, bool, int, string) Facts(RegistryPeer p) =>
        (p.Id, p.Region, p.Zone, p.Draining, p.ReadOnly, p.Stores, p.Ordinal, p.Endpoint);

    private static RegistryState Copy(RegistryState state) => new()
    {
        Version = state.Version,
        ClusterId = state.ClusterId,
        IntervalSeconds = state.IntervalSeconds,
        Peers = [.. state.Peers.Select(Copy)],
        Tombstones = [.. state.Tombstones.Select(Copy)],
        Ordinals = [.. state.Ordinals.Select(o => new RegistryOrdinal { Ordinal = o.Ordinal, Peer = o.Peer, Directory = o.Directory })],
        Replacements = [.. state.Replacements.Select(Copy)],
        HighestOrdinal = state.HighestOrdinal,
    };

    private static RegistryPeer Copy(RegistryPeer p) => new()
    {
        Id = p.Id,
        Region = p.Region,
        Zone = p.Zone,
        Draining = p.Draining,
        ReadOnly = p.ReadOnly,
        Stores = p.Stores,
        Ordinal = p.Ordinal,
        Endpoint = p.Endpoint,
        AwaySince = p.AwaySince,
        DrainingSince = p.DrainingSince,
        ConfirmedAt = p.ConfirmedAt,
    };

    private static RegistryPeer? Find(List<RegistryPeer> peers, PeerId peer) => peers.Find(p => p.Id == peer.Value);

    private static PeerLocation LocationOf(RegistryPeer peer) => new(peer.Region, peer.Zone);
}
