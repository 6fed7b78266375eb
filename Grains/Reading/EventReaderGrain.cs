using System.Collections.Immutable;
using AllData.Diagnostics;
using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace AllData.Reading;

/// <summary>
/// Reads one key. Every registered peer is asked for digests, because a copy may lie anywhere, on replacements too; the payload then comes from
/// one of its holders. Before it answers that no peer holds the key, it asks the registry whether there are other peers.
/// </summary>
// Without the directory, as PutCoordinatorGrain: a dead silo must not keep a healthy one from reading.
// Kept alive: Orleans plans the end of idle activations by the wall clock, and refuses every new one after that was set back.
// Its workers are as those of PutCoordinatorGrain.
[StatelessWorker(-1, removeIdleWorkers: false), KeepAlive, Reentrant, GrainDirectory(NoGrainDirectory.Name)]
internal sealed partial class EventReaderGrain(ScanServices services, ILogger<EventReaderGrain> logger)
    : Grain, IEventReaderGrain, IContractGrain
{
    private const int MaxPageBytes = 1 << 20;

    public async Task<EventReadResult> Get(EventKey key)
    {
        var asked = services.Topologies.KnownPeers;
        var result = await ReadAsync(asked, key);
        if (!result.Events.IsEmpty)
        {
            return result;
        }

        var doubts = await services.LearnTopologyAsync();
        var known = services.Topologies.KnownPeers;
        return doubts.Length > 0 ? result with { Doubt = $"Which peers there are could not be confirmed: {string.Join("; ", doubts)}." }
            : known.Topology.Version > asked.Topology.Version ? await ReadAsync(known, key)
            : result;
    }

    private async Task<EventReadResult> ReadAsync(LiveTopology live, EventKey key)
    {
        var storing = Enumerable.Range(0, live.Topology.Count).Where(i => live.Topology[i].Stores);
        var answers = await Task.WhenAll(storing.Select(i => AskAsync(live, i, key)));
        var holders = answers.Where(static a => a.Digests.Length > 0)
            .OrderBy(a => a.Peer != services.HostedPeer.Id).ThenBy(static a => a.Peer).ToArray();
        var silent = answers.Where(static a => !a.Answered).Select(static a => a.Peer).ToHashSet();
        var payloads = await FetchAsync(key, holders, silent);
        return new EventReadResult(key, Open(key, payloads, holders), [.. silent.Order()])
        {
            Store = services.HostedPeer.StoreId,
            Regions = [.. holders.Select(h => live.Topology[live.Topology.IndexOf(h.Peer)].Location.Region).Distinct().Order(StringComparer.Ordinal)],
        };
    }

    // An event that was encrypted with two keys is held in two forms: it is given once.
    private ImmutableArray<StoredEvent> Open(EventKey key, Dictionary<EventDigest, FoundEvent> payloads, PeerAnswer[] holders)
    {
        using var decoder = new PayloadDecoder(services.PayloadKeys);
        var events = new List<StoredEvent>(payloads.Count);
        foreach (var (digest, stored) in payloads.OrderBy(static p => p.Key.Value))
        {
            var (payload, fault) = Open(decoder, key, stored.Payload);
            PeerId[] heldBy = [.. holders.Where(h => h.Digests.Contains(digest)).Select(static h => h.Peer)];
            var same = fault is null ? events.FindIndex(e => e.Unreadable is null && e.Payload == payload && e.Topic == stored.Topic) : -1;
            if (same < 0)
            {
                events.Add(new StoredEvent(payload, digest, [.. heldBy.Order()]) { Unreadable = fault, Topic = stored.Topic });
            }
            else
            {
                events[same] = events[same] with { Holders = [.. events[same].Holders.Union(heldBy).Order()] };
            }
        }

        return [.. events];
    }

    private (EventPayload Payload, UnreadablePayload? Fault) Open(PayloadDecoder decoder, EventKey key, EventPayload stored)
    {
        if (!StoredPayload.IsMarked(stored.Bytes))
        {
            return (stored, null);
        }

        var payload = EventPayload.FromBytes(decoder.Decode(key, stored.Bytes, out var fault).ToArray());
        if (fault is { Fault: PayloadFault.NotAuthentic })
        {
            ReadLog.NotAuthentic(logger, key, fault.EncryptionKeyId);
        }

        return (payload, fault);
    }

    private async Task<PeerAnswer> AskAsync(LiveTopology live, int peerIndex, EventKey key)
    {
        var peer = live.Topology[peerIndex].Id;
        if (live.Of(peerIndex) == PeerAvailability.Dead)
        {
            return new PeerAnswer(peer, false, []);
        }

        var held = await CallAsync(peer, key, static (replica, key) => replica.LookUpAsync([key]));
        return new PeerAnswer(peer, !held.IsDefault, held.IsDefault ? [] : held[0].Digests);
    }

    /// <summary>Asks one holder after the other until there is a payload for every digest that is known to be held.</summary>
    private async Task<Dictionary<EventDigest, FoundEvent>> FetchAsync(EventKey key, PeerAnswer[] holders, HashSet<PeerId> silent)
    {
        var fetched = new Dictionary<EventDigest, FoundEvent>();
        var known = holders.SelectMany(static h => h.Digests).ToHashSet();
        foreach (var holder in holders.Where(h => h.Digests.Any(d => !fetched.ContainsKey(d))))
        {
            var payloads = await CallAsync(holder.Peer, key, static (replica, key) => replica.ReadAsync(key));
            if (payloads.IsDefault)
            {
                silent.Add(holder.Peer);
                continue;
            }

            // Of an event with a topic, this is not the digest.
            foreach (var payload in payloads.Where(p => known.Contains(EventDigest.Of(key, p.Bytes))))
            {
                fetched.TryAdd(EventDigest.Of(key, payload.Bytes), new FoundEvent(payload, null));
            }

            if (holder.Digests.Any(d => !fetched.ContainsKey(d)) && !await FetchBlocksAsync(holder.Peer, key, fetched))
            {
                silent.Add(holder.Peer);
            }
        }

        return fetched;
    }

    // A topic is the block's: so the blocks around the key are read. False when the peer did not answer.
    private async Task<bool> FetchBlocksAsync(PeerId peer, EventKey key, Dictionary<EventDigest, FoundEvent> fetched)
    {
        try
        {
            var range = new BlockRange(key, key.GetSuccessor(), [], After: null, MaxPageBytes);
            while (true)
            {
                var page = await services.Replicas.Of(peer).ReadPageAsync(range, CancellationToken.None);
                AddFound(page.Blocks, key, fetched);
                if (page.Next is not { } next)
                {
                    return true;
                }

                range = range with { After = next };
            }
        }
        catch (Exception e)
        {
            LogSilent(e, peer, key);
            return false;
        }
    }

    private static void AddFound(ReadOnlySpan<byte> blocks, EventKey key, Dictionary<EventDigest, FoundEvent> fetched)
    {
        for (var rest = blocks; !rest.IsEmpty;)
        {
            var length = BlockCodec.LengthOf(rest);
            var block = BlockCodec.Decode(rest[..length].ToArray());
            rest = rest[length..];
            for (var reader = block.GetReader(); reader.MoveNext() && reader.Current.Key <= key;)
            {
                if (reader.Current.Key == key)
                {
                    fetched.TryAdd(reader.Current.Digest, new FoundEvent(EventPayload.FromBytes(reader.Current.Payload.ToArray()), block.Header.Topic));
                }
            }
        }
    }

    // Default when the peer did not answer: that must not hide what the others hold; the result names it.
    private async Task<ImmutableArray<T>> CallAsync<T>(PeerId peer, EventKey key, Func<IReplica, EventKey, Task<ImmutableArray<T>>> call)
    {
        try
        {
            return await call(services.Replicas.Of(peer), key);
        }
        catch (Exception e)
        {
            LogSilent(e, peer, key);
            return default;
        }
    }

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not answer a read of {Key}")]
    private partial void LogSilent(Exception exception, PeerId peer, EventKey key);

    private readonly record struct FoundEvent(EventPayload Payload, Topic? Topic);

    private sealed record PeerAnswer(PeerId Peer, bool Answered, ImmutableArray<EventDigest> Digests);
}
