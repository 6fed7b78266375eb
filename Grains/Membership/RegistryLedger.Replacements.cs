using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Membership;

/// <summary>
/// The replacement log. A registered peer that is neither draining nor away has no entry that covers its present directory: what is put to it
/// would be owed by others.
/// </summary>
internal static partial class RegistryLedger
{
    /// <summary>The most candidates of an entry: enough to spread a peer's copysets over, and few enough to send to every silo.</summary>
    internal const int MaxCandidates = 32;

    /// <summary>How long a newly activated registry replaces no peer: it has seen too little of the silos.</summary>
    internal static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Notes since when storing peers have had no silo, and replaces those that have been away for longer than the grace period. No peer is replaced
    /// while fewer than half of the storing peers not replaced yet are hosted: then the observer is more likely to be cut off than they are.
    /// </summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="isHosted">Whether an active silo hosts a peer.</param>
    /// <param name="now">The time.</param>
    /// <param name="grace">The grace period.</param>
    /// <param name="watched">For how long the registry has been looking.</param>
    /// <returns>The state itself where nothing changes; one of the same version where only the time that a peer has been away was noted.</returns>
    public static RegistryState ReplaceLongAway(
        RegistryState state, Predicate<PeerId> isHosted, DateTimeOffset now, TimeSpan grace, TimeSpan watched)
    {
        var next = Copy(state);
        var hosted = Readable(next).Where(p => p.Stores && isHosted(PeerId.Parse(p.Id))).ToList();
        var away = Readable(next).Where(p => p.Stores && !hosted.Contains(p)).ToList();
        hosted.ForEach(static p => p.AwaySince = 0);

        away.ForEach(p => p.AwaySince = AwaySinceOf(p, now));
        var missed = away.FindAll(p => !IsReplaced(next, p));
        if (hosted.Count >= missed.Count && watched >= (grace < FirstLook ? grace : FirstLook))
        {
            ReplaceAll(missed.FindAll(p => IsLongAway(p, now, grace)), hosted, next);
        }

        return Versioned(state, next);
    }

    /// <summary>A peer as an operator sees it: while no silo hosts it, since when, and when others take its place.</summary>
    public static PeerView ViewOf(RegistryState state, PeerDescriptor descriptor, bool isHosted, DateTimeOffset now, TimeSpan grace)
    {
        var view = new PeerView(descriptor, isHosted) { IsDrained = IsConfirmed(state, descriptor.Id) };
        var peer = state.Peers.Find(p => p.Id == descriptor.Id.Value);
        if (isHosted || peer is not { Stores: true })
        {
            return view;
        }

        var since = DateTimeOffset.FromUnixTimeMilliseconds(AwaySinceOf(peer, now));
        var rest = since + grace - now;
        return view with { AwaySince = since, ReplacedIn = IsReplaced(state, peer) ? null : rest > TimeSpan.Zero ? rest : TimeSpan.Zero };
    }

    // A peer not noted as away yet is seen to be so now. A time in the future was noted before the clock was set back: the peer would wait for the
    // difference as well.
    private static long AwaySinceOf(RegistryPeer peer, DateTimeOffset now)
    {
        var present = now.ToUnixTimeMilliseconds();
        return peer.AwaySince == 0 || peer.AwaySince > present ? present : peer.AwaySince;
    }

    private static bool IsLongAway(RegistryPeer peer, DateTimeOffset now, TimeSpan grace) =>
        now - DateTimeOffset.FromUnixTimeMilliseconds(peer.AwaySince) > grace;

    private static void ReplaceAll(List<RegistryPeer> leavers, List<RegistryPeer> hosted, RegistryState next)
    {
        // Peers that leave together do not succeed each other. An entry without a successor would only reduce the copies.
        if (hosted.Exists(p => IsActive(next, p)))
        {
            leavers.ForEach(p => Replace(next, p, ReplacementReason.Away, hosted));
            if (leavers.Count > 0)
            {
                ForgetConfirmations(next);
            }
        }
    }

    /// <summary>Adds the entry that a draining peer needs, and takes back those that cover a directory that the peer is present with.</summary>
    private static void SettleReplacement(RegistryState next, RegistryPeer peer)
    {
        if (peer.Draining)
        {
            Replace(next, peer, ReplacementReason.Drained, next.Peers);
        }
        else
        {
            next.Replacements.RemoveAll(r => Covers(r, peer));
        }
    }

    /// <summary>Adds an entry, or gives the ones that there are the new reason: their successors have begun to fetch.</summary>
    private static void Replace(RegistryState next, RegistryPeer leaver, ReplacementReason reason, IEnumerable<RegistryPeer> successors)
    {
        var present = next.Replacements.FindAll(r => Covers(r, leaver));
        present.ForEach(r => r.Reason = reason);
        if (present.Count == 0)
        {
            next.Replacements.Add(new RegistryReplacement
            {
                Peer = leaver.Id,
                Ordinal = leaver.Ordinal,
                Reason = reason,
                Region = leaver.Region,
                Zone = leaver.Zone,
                Candidates = Candidates(successors.Where(p => p.Id != leaver.Id && IsActive(next, p)), leaver.Ordinal),
            });
        }
    }

    /// <summary>
    /// The first peer of each region, then of each further zone, then the second of each zone, and so on, in the order of their weights: every peer
    /// computes the same list; each leaver has its own.
    /// </summary>
    private static List<RegistryCandidate> Candidates(IEnumerable<RegistryPeer> active, int leaver) =>
    [
        .. active.OrderByDescending(p => Rendezvous.WeightOf(leaver, p.Ordinal))
            .GroupBy(LocationOf).SelectMany(static zone => zone.Select(static (peer, rank) => (Peer: peer, InZone: rank)))
            .GroupBy(static p => (p.Peer.Region, p.InZone)).SelectMany(static region => region.Select(static (p, rank) => (p.Peer, p.InZone, InRegion: rank)))
            .OrderBy(static p => p.InZone).ThenBy(static p => p.InRegion).ThenByDescending(p => Rendezvous.WeightOf(leaver, p.Peer.Ordinal))
            .Take(MaxCandidates)
            .Select(static p => new RegistryCandidate { Ordinal = p.Peer.Ordinal, Region = p.Peer.Region, Zone = p.Peer.Zone })
            .OrderBy(static c => c.Ordinal),
    ];

    private static bool Covers(RegistryReplacement entry, RegistryPeer peer) => entry.Peer == peer.Id && entry.Ordinal >= peer.Ordinal;

    private static bool IsReplaced(RegistryState state, RegistryPeer peer) => state.Replacements.Exists(r => Covers(r, peer));

    private static bool IsActive(RegistryState state, RegistryPeer peer) => peer.Stores && StatusOf(state, peer) == PeerStatus.Active;

    private static PeerStatus StatusOf(RegistryState state, RegistryPeer peer) => peer switch
    {
        { ReadOnly: true } => PeerStatus.ReadOnly,
        { Draining: true } => PeerStatus.Draining,
        _ => IsReplaced(state, peer) ? PeerStatus.Away : PeerStatus.Active,
    };

    private static PeerReplacement Describe(RegistryReplacement entry) => new(
        entry.Version,
        PeerId.Parse(entry.Peer),
        entry.Ordinal,
        entry.Reason,
        [.. entry.Candidates.Where(static c => new PeerLocation(c.Region, c.Zone).Fault is null)
            .Select(static c => new ReplacementCandidate(c.Ordinal, new PeerLocation(c.Region, c.Zone)))])
    {
        Location = entry is { Region: "", Zone: "" } ? default : new PeerLocation(entry.Region, entry.Zone),
    };

    private static RegistryReplacement Copy(RegistryReplacement entry) => new()
    {
        Version = entry.Version,
        Peer = entry.Peer,
        Ordinal = entry.Ordinal,
        Reason = entry.Reason,
        Region = entry.Region,
        Zone = entry.Zone,
        Candidates = entry.Candidates,
    };
}
