using System.Collections.Immutable;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;

namespace AllData.Client.Copies;

/// <summary>What the peers of a cluster say of a key.</summary>
/// <param name="Events">The events under it.</param>
/// <param name="Map">The peers.</param>
/// <param name="Silent">Peers that did not answer.</param>
internal sealed record KeyCopies(ImmutableArray<EventCopies> Events, CopyMap Map, ImmutableArray<SilentPeer> Silent)
{
    /// <summary>Asks all peers that store.</summary>
    public static async Task<KeyCopies> AskAsync(IGrainFactory grains, RetryingCaller caller, EventKey key, CancellationToken cancellation)
    {
        var topology = await new ClusterView(grains, caller).GetTopologyAsync(cancellation);
        PeerId[] peers = [.. topology.Peers.Where(static p => p.Stores).Select(static p => p.Id)];
        var replies = await new PeerSurvey(grains, caller).AskAsync(peers, (_, replica) => replica.LookUp([key]), cancellation);
        var map = new CopyMap(topology, replies.Answers.Select(static a => a.Peer).ToHashSet());
        return new KeyCopies([.. EventCopies.Gather(replies.Answers, map)], map, replies.Silent);
    }
}
