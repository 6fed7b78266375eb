using AllData.Configuration;
using AllData.Peers;

namespace AllData.Membership;

// Which peers can be dropped: a confirmed count of a draining peer is valid until something changes that it was based on.
internal static partial class RegistryLedger
{
    /// <summary>
    /// How long after the order to drain a count must begin to be lasting: every silo has heard of the order by then, and a put that had chosen the peer
    /// before is over.
    /// </summary>
    internal static readonly TimeSpan DrainSettles = TimeSpan.FromSeconds(14);

    /// <summary>
    /// A count has found that everything a peer holds has its copies elsewhere. This is noted only for a peer that takes no more copies.
    /// </summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="began">When the count began, milliseconds since 1970 UTC.</param>
    public static RegistryState Confirm(RegistryState state, PeerId peer, long began) =>
        Find(state.Peers, peer) is { Draining: true } known && began >= known.DrainingSince + (long)DrainSettles.TotalMilliseconds
            ? Change(state, peer, (_, p) => p.ConfirmedAt = began)
            : state;

    /// <summary>Whether a peer is drained and its departure confirmed.</summary>
    public static bool IsConfirmed(RegistryState state, PeerId peer) => Find(state.Peers, peer) is { Draining: true, ConfirmedAt: > 0 };

    /// <summary>
    /// Whether a count is needed before a peer's departure; not for a peer that never stored anything, or whose departure is confirmed.
    /// </summary>
    public static bool NeedsCount(RegistryState state, PeerId peer) => Find(state.Peers, peer) is { } known
        && (known.Stores || known.Client.Length > 0)
        && !IsConfirmed(state, peer)
        && state.Ordinals.Exists(o => o.Ordinal == known.Ordinal && o.Directory != Guid.Empty);

    /// <summary>Drops the peers of the regions that the federation document says were dropped; the state itself where there are none.</summary>
    public static RegistryState DropRegions(RegistryState state, FederatedCluster? federation) => federation is { Own.Dropped.IsEmpty: false }
        ? Snapshot(state).Peers.Where(p => federation.Own.FindDropped(p.Location.Region) is not null).Aggregate(state, static (left, p) => Drop(left, p.Id))
        : state;

    // The other peers no longer hold what was counted.
    private static void ForgetConfirmations(RegistryState next) => next.Peers.ForEach(static p => p.ConfirmedAt = 0);
}
