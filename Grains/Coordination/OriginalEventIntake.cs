using AllData.Configuration;
using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Remote;
using AllData.Remote.Original;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// Keeps the events for which a node of the original alldata has this silo as a peer. That node coordinates them: so each is made durable at the own peer and
/// nowhere else, in a block whose copyset is the own peer alone.
/// </summary>
/// <remarks>
/// An original node refuses nothing that is an event, and its keys have no node in them. So a second event under a key is kept beside the first, even
/// if the key looks like one of this store. Not kept is what this peer could not give back or hand on: an event of an interval that it has closed or that
/// lies too far ahead, and any event while it drains.
/// </remarks>
internal sealed partial class OriginalEventIntake(
    HostedPeer peer,
    ITopologies topologies,
    BlockCoordinator blocks,
    IBlockNumbers numbers,
    KeyIssuer keys,
    LateTakers lateTakers,
    KeyClaims claims,
    PayloadEncoder encoder,
    ClusterClock clock,
    IRegionLinks links,
    IOptions<AllDataOptions> options,
    ILogger<OriginalEventIntake> logger)
{
    // Events that are kept at the same time: more than a flush takes at once, and of one key one after the other.
    private const int Turns = 256;

    private readonly int _maxEventBytes = options.Value.Limits.MaxEventBytes;
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Turns).Select(static _ => new SemaphoreSlim(1, 1))];

    /// <summary>Makes an event durable.</summary>
    /// <returns>Null when it is, now or before; otherwise why it is not: a sentence.</returns>
    public async Task<string?> KeepAsync(OriginalEvent e)
    {
        if (WhyNot(e) is { } refusal)
        {
            return refusal;
        }

        // The same event twice at once is kept once, as when it comes again.
        var turn = _turns[(uint)e.Key.GetHashCode() % Turns];
        await turn.WaitAsync();
        try
        {
            return await KeepAloneAsync(peer.Store!, e);
        }
        catch (KeysUnavailableException unavailable)
        {
            return unavailable.Message;
        }
        finally
        {
            turn.Release();
        }
    }

    private string? WhyNot(OriginalEvent e)
    {
        var live = topologies.Current;
        var index = live.Topology.IndexOf(peer.Id);
        var newest = Interval.Containing(clock.UnixMilliseconds, peer.IntervalLength).Next;
        return peer.Refusal is { } refusal ? refusal
            : links.Dropped is { } dropped ? $"This cluster was dropped from the store. {dropped.Sentence}"
            : links.Leaving is { } leaving && leaving.Contains(peer.Location.Region)
                ? $"Another cluster has dropped {leaving} from the store, and the only copy would be at peer '{peer.Id}' there. {leaving.Word.Sentence}"
            : peer.Store is null ? $"Peer '{peer.Id}' does not store."
            : index < 0 || live.OwnOrdinal is null ? $"Peer '{peer.Id}' is not registered."
            : live.Topology[index].Status == PeerStatus.Draining ? $"Peer '{peer.Id}' is draining: it takes no events that another peer would have to copy."
            : e.Payload.Length > _maxEventBytes ? $"The event has {e.Payload.Length} bytes; at most {_maxEventBytes} are taken (AllData:Limits:MaxEventBytes)."
            : e.Key.UnixMilliseconds >= newest.EndUnixMilliseconds ? $"Key {e.Key} lies beyond interval {newest}, the newest that is open. Check both clocks."
            : null;
    }

    private async Task<string?> KeepAloneAsync(IReplicaStore store, OriginalEvent e)
    {
        var put = new KeyedEvent(e.Key, e.Payload);
        if (await IsHeldAsync(store, put))
        {
            return null;
        }

        // Scans see it once it is acknowledged, as a put under a given key.
        var isLate = new bool[1];
        using var pending = keys.BeginGiven([put], isLate);
        var live = topologies.Current;
        var arrives = isLate[0] && await lateTakers.AllTakeAsync(live);
        var (arrival, inFlight) = arrives ? await keys.ArriveAsync(1) : default;
        using var held = inFlight;
        var stored = new[] { put };
        encoder.Encode(stored);
        var reply = await StoreAsync(store, HeaderOf(e.Key, live) with { Arrival = arrives ? arrival : null }, stored);
        return reply.Status is AppendStatus.Stored or AppendStatus.AlreadyStored ? null : reply.Reason ?? reply.Status.ToString();
    }

    private async Task<AppendReply> StoreAsync(IReplicaStore store, BlockHeader header, KeyedEvent[] events)
    {
        var isUnwritten = true;
        try
        {
            var block = BlockCodec.Encode(header, events);
            isUnwritten = false;
            var reply = await AppendAsync(store, block);
            if (reply.Status == AppendStatus.Conflict)
            {
                LogConflict(events[0].Key, peer.Id);
                reply = await store.RestoreAsync(block);
            }

            isUnwritten = reply.Status.IsUnwritten();
            return reply;
        }
        finally
        {
            numbers.End(header.Id, isUnwritten);
        }
    }

    private async Task<bool> IsHeldAsync(IReplicaStore store, KeyedEvent put)
    {
        try
        {
            var held = await store.LookUpAsync([put.Key], CancellationToken.None);
            return held[0].Digests.Length > 0 && encoder.FindForm(put, held[0].Digests.Contains) is not null;
        }
        catch (ReplicaStoreException)
        {
            // Damage, or too many reads: kept once more it is safe, and readers give it once.
            return false;
        }
    }

    private async Task<AppendReply> AppendAsync(IReplicaStore store, Block block)
    {
        if (!claims.TryEnter(block, out var conflict))
        {
            return new AppendReply(AppendStatus.Conflict, Conflict: conflict);
        }

        try
        {
            return await store.AppendAsync(block);
        }
        finally
        {
            claims.Leave(block);
        }
    }

    private BlockHeader HeaderOf(EventKey key, LiveTopology live) => new()
    {
        ClusterId = peer.StoreId,
        Id = blocks.NextId(live, key.UnixMinute),
        UnixMinute = key.UnixMinute,
        HasSuppliedKeys = true,
        ReplicationFactor = 1,
        TopologyVersion = live.Topology.Version,
        Copyset = new Copyset([live.OwnOrdinal!.Value]),
    };

    [LoggerMessage(LogLevel.Warning, "An original node has put a second event under key {Key}: peer {Peer} keeps both")]
    private partial void LogConflict(EventKey key, PeerId peer);
}
