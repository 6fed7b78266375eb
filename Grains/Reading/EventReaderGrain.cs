using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace AllData.Reading;

/// <summary>Reads one key by asking every registered peer: a copy may lie anywhere, on replacements too.</summary>
// Without the directory, as PutCoordinatorGrain: a dead silo must not keep a healthy one from reading.
[StatelessWorker, Reentrant, GrainDirectory(NoGrainDirectory.Name)]
internal sealed partial class EventReaderGrain(
    TopologyCache topologies, IOptions<AllDataOptions> options, TimeProvider time, ILogger<EventReaderGrain> logger) : Grain, IEventReaderGrain
{
    public async Task<ReadResult> Get(EventKey key)
    {
        var live = topologies.Current;
        var storing = Enumerable.Range(0, live.Topology.Count).Where(i => live.Topology[i].Stores);
        var answers = await Task.WhenAll(storing.Select(i => AskAsync(live, i, key)));
        var events = answers
            .Where(a => a.Payloads is not null)
            .SelectMany(a => a.Payloads!.Value.Select(payload => (a.Peer, Payload: payload, Digest: EventDigest.Of(key, payload.Bytes))))
            .GroupBy(e => e.Digest)
            .Select(g => new StoredEvent(g.First().Payload, g.Key, [.. g.Select(e => e.Peer).Order()]))
            .OrderBy(e => e.Digest.Value);
        return new ReadResult(key, [.. events], [.. answers.Where(a => a.Payloads is null).Select(a => a.Peer)]);
    }

    private async Task<(PeerId Peer, ImmutableArray<EventPayload>? Payloads)> AskAsync(LiveTopology live, int peerIndex, EventKey key)
    {
        var peer = live.Topology[peerIndex].Id;
        if (live.Of(peerIndex) == PeerAvailability.Dead)
        {
            return (peer, null);
        }

        try
        {
            return (peer, await GrainFactory.GetReplica(peer).Read(key).WaitAsync(options.Value.Deadlines.Replica, time));
        }
        catch (Exception e)
        {
            // One peer that cannot answer must not hide what the others hold; the result names it.
            LogSilent(e, peer, key);
            return (peer, null);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not answer a read of {Key}")]
    private partial void LogSilent(Exception exception, PeerId peer, EventKey key);
}
