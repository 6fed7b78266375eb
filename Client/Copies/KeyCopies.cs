using System.Collections.Immutable;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;

namespace AllData.Client.Copies;

/// <summary>What the peers of a store say of a key.</summary>
/// <param name="Events">The events under it.</param>
/// <param name="Peers">All peers of the store.</param>
/// <param name="Silent">Peers that did not answer.</param>
internal sealed record KeyCopies(ImmutableArray<EventCopies> Events, ImmutableArray<PeerDescriptor> Peers, ImmutableArray<SilentPeer> Silent)
{
    /// <summary>Has the silo of the gateway ask all peers that store.</summary>
    public static async Task<KeyCopies> AskAsync(IGrainFactory grains, RetryingCaller caller, EventKey key, CancellationToken cancellation)
    {
        var found = await caller.CallAsync(() => grains.GetClusterAudit().FindCopies(key), cancellation);
        return new KeyCopies(
            [.. EventCopies.Gather(found)], found.Store.Peers, [.. found.Silent.Select(static silent => new SilentPeer(silent.Peer, silent.Silence!))]);
    }
}
