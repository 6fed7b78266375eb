using System.Collections.Concurrent;
using AllData.Configuration;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// Whether all peers take blocks of late events. One of an earlier version refuses them and cannot read them: while there is one, late events are stored as
/// any others, and readers that have passed their keys are not given them.
/// </summary>
internal sealed partial class LateTakers(IReplicas replicas, IOptions<AllDataOptions> options, TimeProvider time, ILogger<LateTakers> logger)
{
    // One that did not take them may run a newer program by then.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    // Puts must not wait for one that hangs again and again.
    private static readonly TimeSpan AskSilentAgain = TimeSpan.FromSeconds(5);

    // A question that any peer can answer from memory: nothing lies behind the last key.
    private static readonly BucketRange Question = BucketRange.OfLate(new LateRange(EventKey.MaxValue, EventKey.MaxValue, MaxBlocks: 1));

    // A data directory keeps its ordinal forever, and a cluster has few.
    private readonly ConcurrentDictionary<(PeerId Peer, int Ordinal), Answer> _known = new();

    /// <summary>
    /// Asks the storing peers of which it is not known. A silent one does not count: if it is of an earlier version, it fetches such blocks once it runs a
    /// newer one.
    /// </summary>
    public async Task<bool> AllTakeAsync(LiveTopology live)
    {
        var takes = await Task.WhenAll(Enumerable.Range(0, live.Topology.Count)
            .Where(i => live.Topology[i].Stores && live.IsHosted(i) && !live.IsCutOff(i))
            .Select(i => TakesAsync(live.Topology[i])));
        return Array.TrueForAll(takes, static one => one);
    }

    private async Task<bool> TakesAsync(PeerDescriptor peer)
    {
        var now = time.GetMonotonic();
        if (_known.TryGetValue((peer.Id, peer.Ordinal), out var known) && (known is { Takes: true, IsSaid: true }
            || now - known.At < (known.IsSaid ? AskAgain : AskSilentAgain)))
        {
            return known.Takes;
        }

        try
        {
            var page = await replicas.Of(peer.Id).ReadBucketsAsync(Question, CancellationToken.None).WaitAsync(options.Value.Deadlines.Replica, time);
            known = new Answer(page.Late is not null, IsSaid: true, now);
        }
        catch (Exception e)
        {
            // What it said last holds until it says something else. One that has never said anything is taken to run this version.
            LogSilent(logger, e, peer.Id);
            known = new Answer(known?.Takes ?? true, IsSaid: false, now);
        }

        _known[(peer.Id, peer.Ordinal)] = known;
        return known.Takes;
    }

    private sealed record Answer(bool Takes, bool IsSaid, TimeSpan At);

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not say whether it takes blocks of late events")]
    private static partial void LogSilent(ILogger logger, Exception failure, PeerId peer);
}
