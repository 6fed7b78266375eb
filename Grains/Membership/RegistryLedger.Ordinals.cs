using AllData.Errors;
using AllData.Events;
using AllData.Federation;
using AllData.Peers;
using AllData.Storage.Directories;

namespace AllData.Membership;

/// <summary>
/// Ordinals, each given once. They rise in the course of time, so that of a peer's directories the later one has the higher ordinal: a range that lies below
/// what was given is not used any more.
/// </summary>
internal static partial class RegistryLedger
{
    /// <summary>The highest ordinal that this cluster gave, as far as the registry or any silo that announced itself knows.</summary>
    private static int HighestOrdinal(RegistryState state, OrdinalSource source) =>
        state.Ordinals.Select(static o => o.Ordinal).Append(state.HighestOrdinal).Where(o => !source.IsOthers(o)).DefaultIfEmpty().Max();

    /// <summary>
    /// A silo has told what it remembers: ordinals, directories and peers that this registry has forgotten are taken back. A silo may remember less than it,
    /// so nothing is taken away; a peer that was dropped stays so.
    /// </summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="seen">What was told.</param>
    /// <param name="source">Where new ordinals come from.</param>
    /// <returns>The state itself where it knew all that.</returns>
    public static RegistryState Hear(RegistryState state, SeenTopology seen, OrdinalSource source)
    {
        var next = Copy(state);
        if (seen.Topology.ClusterId == state.ClusterId)
        {
            TakeBackDirectories(next, seen.Topology, source);
            TakeBackPeers(next, seen.Topology);
        }

        if (SeenOrdinals.TryParse(seen.Ordinals, out var ordinals))
        {
            HearOf(next, ordinals, source);
        }

        return Versioned(state, next);
    }

    /// <summary>
    /// Notes until when directories were their peers': what one has coordinated is asked of it, and where it is gone nothing but this says that there may be
    /// something. One that a dropped peer's silo has got was never its peer's, and put-only peers coordinate nothing.
    /// </summary>
    /// <param name="before">The state.</param>
    /// <param name="after">The changed copy, which gets the times; or the state itself.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    /// <returns>The changed copy, or the state itself.</returns>
    public static RegistryState NoteEnds(RegistryState before, RegistryState after, long now)
    {
        if (ReferenceEquals(before, after))
        {
            return after;
        }

        var ended = before.Peers.Where(static p => p.Client.Length == 0).Select(static p => p.Ordinal).Except(after.Peers.Select(static p => p.Ordinal))
            .ToHashSet();
        foreach (var given in after.Ordinals.Where(o => after.Peers.All(p => p.Ordinal != o.Ordinal) && o.Directory != Guid.Empty))
        {
            // What silos have just told of it is earlier.
            var known = before.Ordinals.Find(o => o.Ordinal == given.Ordinal);
            var isNew = known is null && given is { GivenAt: > 0, EndedAt: 0 };
            given.EndedAt = isNew || (ended.Contains(given.Ordinal) && known?.EndedAt == given.EndedAt) ? now : given.EndedAt;
        }

        return after;
    }

    private static void TakeBackDirectories(RegistryState next, TopologySnapshot told, OrdinalSource source)
    {
        var most = source.Above(HighestOrdinal(next, source), RegistryRebuild.OrdinalsAhead);
        foreach (var given in told.Ordinals.Where(o => o.Directory != Guid.Empty && o.Ordinal <= most && !source.IsOthers(o.Ordinal)))
        {
            var known = next.Ordinals.Find(o => o.Ordinal == given.Ordinal);
            if (known is null && !next.Ordinals.Exists(o => o.Directory == given.Directory))
            {
                next.Ordinals.Add(new RegistryOrdinal
                {
                    Ordinal = given.Ordinal,
                    Peer = given.Peer.Value,
                    Directory = given.Directory,
                    PublicKey = given.PublicKey,
                    GivenAt = given.GivenAt,
                    EndedAt = given.EndedAt,
                });
            }
            else if (known?.Directory == Guid.Empty && known.Peer == given.Peer.Value)
            {
                // It was waiting when the backup was made, and has been given since.
                (known.Directory, known.PublicKey, known.GivenAt) = (given.Directory, given.PublicKey, given.GivenAt);
            }
            else if (known?.Directory == given.Directory)
            {
                known.PublicKey = string.IsNullOrEmpty(known.PublicKey) ? given.PublicKey : known.PublicKey;
                (known.GivenAt, known.EndedAt) = (known.GivenAt == 0 ? given.GivenAt : known.GivenAt, Math.Max(known.EndedAt, given.EndedAt));
            }
        }
    }

    private static void TakeBackPeers(RegistryState next, TopologySnapshot told)
    {
        foreach (var peer in told.Peers.Where(p => next.Ordinals.Exists(o => o.Ordinal == p.Ordinal && o.Directory == p.Directory)))
        {
            if (Find(next.Peers, peer.Id) is { } known)
            {
                // Its later directory has the higher one.
                known.Ordinal = Math.Max(known.Ordinal, peer.Ordinal);
            }
            else if (Find(next.Tombstones, peer.Id) is null)
            {
                var forgotten = RegistryRebuild.PeerOf(peer, told);
                next.Peers.Add(forgotten);
                SettleReplacement(next, forgotten);
            }
        }
    }

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
        if (holder is { Directory: var waiting } && waiting == Guid.Empty && holder.Peer == announcement.Peer.Value)
        {
            // It was waiting when the backup was made, and has been given since.
            holder.Directory = announcement.Directory;
        }
        else if (holder is null)
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
    /// What the silo's topology knows was given by a registry of this cluster: one that has forgotten it must not give it again. A number far beyond
    /// what is known is nonsense, and would leave no ordinal for any peer.
    /// </summary>
    private static void HearOfOrdinals(RegistryState next, PeerAnnouncement announcement, OrdinalSource source)
    {
        HearOf(next, announcement.HighestOrdinal, source);
        if (SeenOrdinals.TryParse(announcement.SeenOrdinals, out var seen))
        {
            HearOf(next, seen, source);
        }
    }

    private static void HearOf(RegistryState next, SeenOrdinals seen, OrdinalSource source)
    {
        HearOf(next, source.Highest(seen), source);

        // It waits no more: a directory was given it, and the next one of its peer would issue the same keys.
        foreach (var given in next.Ordinals.FindAll(o => o.Directory == Guid.Empty && seen.Contains(o.Ordinal)))
        {
            next.HighestOrdinal = Math.Max(HighestOrdinal(next, source), given.Ordinal);
            next.Ordinals.Remove(given);
        }
    }

    private static void HearOf(RegistryState next, int heard, OrdinalSource source)
    {
        var known = HighestOrdinal(next, source);
        if (heard > known && heard <= source.Above(known, RegistryRebuild.OrdinalsAhead) && !source.IsOthers(heard))
        {
            next.HighestOrdinal = heard;
        }
    }

    /// <summary>
    /// Silos take over a version that is above theirs. A registry that has lost changes says nothing under such a one before it has heard what it has
    /// forgotten: a peer that were not in it would not be missed.
    /// </summary>
    private static void RefuseUnheard(RegistryState state, PeerAnnouncement announcement, OrdinalSource source)
    {
        if (source.NotHeard is { } reason && announcement.KnownVersion > state.Version)
        {
            throw new RegistryUnavailableException(
                $"Peer '{announcement.Peer}' knows topology {announcement.KnownVersion}, and the registry is at {state.Version}. {reason}");
        }
    }

    /// <summary>The ordinal of a data directory: the one it has, the one that waits for the peer's first directory, or a new one.</summary>
    private static int OrdinalOf(RegistryState next, PeerId peer, Guid directory, OrdinalSource source)
    {
        if (next.Ordinals.Find(o => o.Directory == directory && o.Peer == peer.Value) is { } own)
        {
            return own.Ordinal;
        }

        // Never one twice: two directories with one ordinal would issue the same keys.
        if (source.WhyNotNow(next) is { } reason)
        {
            throw new RegistryUnavailableException($"Peer '{peer}' needs a new ordinal. {reason}");
        }

        var given = next.Ordinals.Find(o => o.Directory == Guid.Empty && o.Peer == peer.Value);
        if (given is null)
        {
            given = new RegistryOrdinal { Ordinal = GiveOrdinal(next, peer, source), Peer = peer.Value };
            next.Ordinals.Add(given);
        }

        (given.Directory, given.GivenAt) = (directory, source.Now);
        return given.Ordinal;
    }

    private static int GiveOrdinal(RegistryState state, PeerId peer, OrdinalSource source) =>
        NextOrdinal(state, source) ?? throw (source.Federation is { } federation
            ? new OrdinalsUsedUpException(federation.DescribeUsedUp(peer, HighestOrdinal(state, source)), peer, federation.DescribeRanges())
            : new PeerRefusedException(
                $"All {EventKey.MaxOrdinal} ordinals of this cluster are used up, so peer '{peer}' cannot get one: keys have room for four digits. "
                + "Start a new cluster and export the old one into it.",
                peer));

    /// <summary>
    /// The one behind the highest. Where that is the last one, one stands far ahead of the others, taken over from a directory that made it up: room
    /// that was never given lies before it, behind a margin for those that a registry may have lost.
    /// </summary>
    private static int? NextOrdinal(RegistryState state, OrdinalSource source)
    {
        var highest = HighestOrdinal(state, source);
        if (source.Above(highest, 1) is var next && (next > highest || source.Federation is not null))
        {
            return next > highest ? next : null;
        }

        int[] given = [0, .. state.Ordinals.Select(static o => o.Ordinal).Order()];
        var (gap, before) = given.Zip(given.Skip(1)).Max(static pair => (pair.Second - pair.First, pair.First));
        return gap > 2 * OrdinalMargin ? before + OrdinalMargin + 1 : null;
    }
}
