using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Options;

namespace AllData.Restoring;

/// <summary>
/// Keeps archived events: durable at the own peer, in blocks whose copysets name the other peers that are to hold them, which repair then copies to. That way
/// takes blocks of intervals that are closed, behind the puts; a put could not go there. Payloads are taken in their stored form, and so encrypted ones are.
/// </summary>
internal sealed class ArchivedEventIntake(
    HostedPeer peer, ITopologies topologies, ICopysets copysets, BlockCoordinator blocks, IBlockNumbers numbers, ClusterClock clock, IRegionLinks links,
    IOptions<AllDataOptions> options, TimeProvider time)
{
    // Copysets that do not name the own peer would give one more copy than is meant.
    private const int Draws = 32;

    // Then the store is left to its puts, and the caller tries another silo.
    private const int MostTries = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(500);

    private readonly LimitOptions _limits = options.Value.Limits;

    /// <summary>Makes events durable.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="topic">Their topic; null: they have none.</param>
    /// <returns>The peer that holds them now.</returns>
    /// <exception cref="PutException">They are not taken.</exception>
    /// <exception cref="ReplicaStoreException">The store has failed.</exception>
    public async Task<PeerId> RestoreAsync(EventBatch batch, Topic? topic)
    {
        var store = FindStore();
        var events = Unpack(batch, topic);
        Check(events, batch.Store);
        var held = await store.LookUpAsync([.. events.Select(static e => e.Key)], CancellationToken.None);
        KeyedEvent[] missing = [.. events.Where((e, i) => !held[i].Digests.Contains(e.Digest))];
        await Task.WhenAll(blocks.Split(missing).Select(range => StoreAsync(store, missing.AsMemory(range))));
        return peer.Id;
    }

    private IReplicaStore FindStore() => peer.Refusal is null && peer.Store is { IsReadOnly: false } store && links.Dropped is null
        ? store
        : throw new OverloadedException($"Peer '{peer.Id}' takes no events now: restore through another silo.", RetryHint);

    private void Check(KeyedEvent[] events, Guid? meantFor)
    {
        if (meantFor is { } other && other != peer.StoreId)
        {
            throw new InvalidEventException($"The events are meant for store {other}, and this is store {peer.StoreId}.");
        }

        for (var i = 0; i < events.Length; i++)
        {
            var e = events[i];
            if (i > 0 && events[i - 1].Key >= e.Key)
            {
                throw new InvalidEventException($"Event {e.Key} comes after {events[i - 1].Key}: the keys of a batch are strictly ascending.");
            }

            var most = _limits.MaxEventBytes + StoredPayload.EncryptedOverhead;
            if (e.Payload.Length > most)
            {
                throw new EventTooLargeException(
                    $"Event {e.Key} has {e.Payload.Length} bytes as it is stored; at most {most} are taken.", most, e.Payload.Length);
            }
        }

        foreach (var interval in events.Select(e => Interval.Containing(e.Key.UnixMilliseconds, peer.IntervalLength)).Distinct())
        {
            if (clock.WhyNotOver(interval) is { } why)
            {
                throw new InvalidKeyException($"Interval {interval} is not over, so nothing is restored to it: {why}.", interval.FirstKey);
            }
        }
    }

    private async Task StoreAsync(IReplicaStore store, ReadOnlyMemory<KeyedEvent> events)
    {
        var live = topologies.Current;
        var id = blocks.NextId(live, events.Span[0].Key.UnixMinute);
        var isUnwritten = true;
        try
        {
            var header = DrawCopyset(live).HeaderOf(peer.StoreId, id, events.Span[0], hasSuppliedKeys: true);
            var block = BlockCodec.Encode(header, events.Span);
            isUnwritten = false;
            var reply = await StoreAsync(store, block);
            isUnwritten = reply.Status.IsUnwritten();
            if (reply.Status is not (AppendStatus.Stored or AppendStatus.AlreadyStored))
            {
                throw new OverloadedException(
                    $"Peer '{peer.Id}' has not taken a block of {events.Length} events: {reply.Reason ?? $"{reply.Status}"}. Restore through another silo.",
                    RetryHint);
            }
        }
        finally
        {
            numbers.End(id, isUnwritten);
        }
    }

    private async Task<AppendReply> StoreAsync(IReplicaStore store, Block block)
    {
        for (var attempt = 1; ; attempt++)
        {
            var reply = await store.RestoreAsync(block);
            if (reply.Status != AppendStatus.Overloaded || attempt == MostTries)
            {
                return reply;
            }

            await Task.Delay(Pause, time);
        }
    }

    private PlacedCopyset DrawCopyset(LiveTopology live)
    {
        var own = live.Topology.IndexOf(peer.Id);
        var drawn = copysets.Next(live.Topology);
        for (var i = 1; i < Draws && !drawn.Contains(own); i++)
        {
            drawn = copysets.Next(live.Topology);
        }

        return drawn;
    }

    private static KeyedEvent[] Unpack(EventBatch batch, Topic? topic)
    {
        var events = ImmutableArray.CreateBuilder<KeyedEvent>();
        try
        {
            for (var reader = batch.GetReader(); reader.MoveNext();)
            {
                var payload = batch.Records.Slice(reader.Offset + PackedEvent.Overhead, reader.Current.Payload.Length);
                events.Add(new KeyedEvent(reader.Current.Key, payload, topic));
            }
        }
        catch (FormatException e)
        {
            throw new InvalidEventException($"The batch is not a run of events: {e.Message}");
        }

        return events.Count > 0 && batch.HasKeys ? [.. events] : throw new InvalidEventException("The batch has no events under given keys.");
    }
}
