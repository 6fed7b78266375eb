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
    /// <param name="source">Where new ordinals come from; null: the cluster is a store of its own.</param>
    /// <exception cref="PeerRefusedException">
    /// Another cluster, another interval length, an ordinal that another directory or another cluster has, another key than the directory had, no ordinal left,
    /// or an invalid name or location.
    /// </exception>
    /// <exception cref="RegistryUnavailableException">It needs a new ordinal, and none may be given now.</exception>
    public static RegistryState Announce(RegistryState state, PeerAnnouncement announcement, Guid newClusterId, OrdinalSource? source = null)
    {
        source ??= OrdinalSource.Alone;
        RefuseNonsense(announcement.Peer, announcement.Location);
        RefuseOtherKind(state, announcement.Peer, isPutOnly: false);
        RefuseOtherRanges(state, announcement, source);
        RefuseImpossible(state, announcement, source);
        RefuseOtherCluster(state, announcement, source);
        RefuseUnheard(state, announcement, source);
        var next = Copy(state);
        next.FederationVersion = Math.Max(next.FederationVersion, source.Version);
        AdoptOrdinal(next, announcement);
        HearOfOrdinals(next, announcement, source);
        if (next.ClusterId == Guid.Empty)
        {
            next.ClusterId = newClusterId;
        }

        if (next.IntervalSeconds == 0)
        {
            next.IntervalSeconds = announcement.IntervalLength.TotalSeconds;
        }

        var ordinal = announcement.KnownOrdinal > 0 ? announcement.KnownOrdinal : OrdinalOf(next, announcement.Peer, announcement.Directory, source);
        TakeKey(next, announcement, ordinal);
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
            peer.DocumentVersion = Math.Max(announcement.DocumentVersion, 0);

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
    /// <exception cref="PeerRefusedException">It is registered elsewhere, no ordinal is left, or the name or location is not valid.</exception>
    /// <exception cref="RegistryUnavailableException">It needs a new ordinal, and none may be given now.</exception>
    public static RegistryState Add(RegistryState state, PeerId peer, PeerLocation location, Guid newClusterId, OrdinalSource? source = null)
    {
        source ??= OrdinalSource.Alone;
        RefuseNonsense(peer, location);
        RefuseOtherKind(state, peer, isPutOnly: false);
        var known = Find(state.Peers, peer);
        if (known is not null)
        {
            return LocationOf(known) == location
                ? state
                : throw new PeerRefusedException(
                    $"Peer '{peer}' is registered at {LocationOf(known)}, not at {location}. Move it instead of adding it again.", peer);
        }

        var next = Copy(state);
        next.FederationVersion = Math.Max(next.FederationVersion, source.Version);
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
        added.Ordinal = added.Ordinal == 0 ? OrdinalOf(next, peer, Guid.Empty, source) : added.Ordinal;
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
            .Select(static o => new DirectoryOrdinal(o.Ordinal, PeerId.Parse(o.Peer), o.Directory)
            {
                PublicKey = o.PublicKey,
                GivenAt = o.GivenAt,
                EndedAt = o.EndedAt,
            })],
        Replacements = [.. state.Replacements.Where(IsReadable).Select(Describe)],
    };

    private static PeerDescriptor Describe(RegistryState state, RegistryPeer peer) => new(
        PeerId.Parse(peer.Id),
        LocationOf(peer),
        StatusOf(state, peer),
        peer.Stores,
        peer.Ordinal,
        state.Ordinals.First(o => o.Ordinal == peer.Ordinal).Directory,
        peer.Endpoint)
    {
        Client = peer.Client.Length > 0 ? peer.Client : null,
        Address = peer.Client.Length > 0 ? peer.Address : null,
        DocumentVersion = peer.DocumentVersion,
    };

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
            return before.HighestOrdinal == after.HighestOrdinal && before.FederationVersion == after.FederationVersion
                && before.Peers.Select(Times).SequenceEqual(after.Peers.Select(Times)) ? before : after;
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
        && a.Ordinals.Select(Facts).SequenceEqual(b.Ordinals.Select(Facts))
        && a.Replacements.Select(r => (r.Version, r.Peer, r.Ordinal, r.Reason)).SequenceEqual(
            b.Replacements.Select(r => (r.Version, r.Peer, r.Ordinal, r.Reason)));

    // What silos are not told.
    private static (long, long, long) Times(RegistryPeer p) => (p.AwaySince, p.DrainingSince, p.ConfirmedAt);

    private static (string, string, string, bool, bool, bool, int, string, string, string, int) Facts(RegistryPeer p) =>
        (p.Id, p.Region, p.Zone, p.Draining, p.ReadOnly, p.Stores, p.Ordinal, p.Endpoint, p.Client, p.Address, p.DocumentVersion);

    private static (int, string, Guid, string, long, long) Facts(RegistryOrdinal o) => (o.Ordinal, o.Peer, o.Directory, o.PublicKey, o.GivenAt, o.EndedAt);

    private static RegistryState Copy(RegistryState state) => new()
    {
        Version = state.Version,
        ClusterId = state.ClusterId,
        IntervalSeconds = state.IntervalSeconds,
        Peers = [.. state.Peers.Select(Copy)],
        Tombstones = [.. state.Tombstones.Select(Copy)],
        Ordinals = [.. state.Ordinals.Select(Copy)],
        Replacements = [.. state.Replacements.Select(Copy)],
        HighestOrdinal = state.HighestOrdinal,
        FederationVersion = state.FederationVersion,
    };

    private static RegistryOrdinal Copy(RegistryOrdinal o) => new()
    {
        Ordinal = o.Ordinal,
        Peer = o.Peer,
        Directory = o.Directory,
        PublicKey = o.PublicKey,
        GivenAt = o.GivenAt,
        EndedAt = o.EndedAt,
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
        Client = p.Client,
        Address = p.Address,
        DocumentVersion = p.DocumentVersion,
    };

    private static RegistryPeer? Find(List<RegistryPeer> peers, PeerId peer) => peers.Find(p => p.Id == peer.Value);

    private static PeerLocation LocationOf(RegistryPeer peer) => new(peer.Region, peer.Zone);
}
