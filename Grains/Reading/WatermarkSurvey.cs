using System.Collections.Immutable;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Topologies;
using Microsoft.Extensions.Logging;

namespace AllData.Reading;

/// <summary>
/// Asks every registered silo, storing or not, for its low watermark: events may still appear from the smallest of them on. It runs before the
/// buckets are surveyed: what was acknowledged until then is seen there.
/// </summary>
/// <remarks>
/// The registry is asked after the silos, whether there are others. A silo that joins later issues no key below these watermarks, because the first keys of
/// a new data directory lie behind the clocks of the silos that were there (<see cref="PeerLifecycle"/>), and no watermark lies ahead of its silo's clock.
/// </remarks>
internal sealed partial class WatermarkSurvey(ScanServices services)
{
    // A put has ended by then, or its deadline is a long one: its silo is named as the one that is waited for.
    private static readonly TimeSpan LongAgo = TimeSpan.FromSeconds(10);

    // Peers that join one after the other are found by the next survey.
    private const int MaxAttempts = 2;

    /// <summary>What the silos say, and the topology that the registry has confirmed after that.</summary>
    /// <param name="scope">Which peers are read.</param>
    public async Task<WatermarkReading> TakeAsync(ScanScope scope = ScanScope.Store)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var asked = SilosOf(services.Topologies.KnownPeers);
            var answers = await Task.WhenAll(asked.Select(AskAsync));
            if (await services.LearnTopologyAsync(scope) is { IsEmpty: false } doubts)
            {
                return new WatermarkReading(null, [], doubts);
            }

            if (SilosOf(services.Topologies.KnownPeers).All(s => asked.Exists(a => a.Id == s.Id && a.Ordinal == s.Ordinal)))
            {
                return ReadingOf(answers);
            }
        }

        return new WatermarkReading(null, [], []);
    }

    // A put-only peer is no silo: nothing is put through it.
    private static List<Peers.PeerDescriptor> SilosOf(LiveTopology live) =>
        [.. Enumerable.Range(0, live.Topology.Count).Select(i => live.Topology[i]).Where(static p => !p.IsPutOnly)];

    private WatermarkReading ReadingOf(Answer[] answers)
    {
        var late = EventKey.FirstAt(Math.Max(0, (services.Time.GetUtcNow() - LongAgo).ToUnixTimeMilliseconds()));
        return new WatermarkReading(
            answers.Length > 0 && answers.All(static a => a.Watermark is not null) ? answers.Min(static a => a.Watermark) : null,
            [
                .. from answer in answers
                   let reason = WhyHeldUp(answer, late)
                   where reason is not null
                   select services.DoubtOf(answer.Watermark ?? default, EventKey.MaxValue, answer.Peer, reason),
            ],
            []);
    }

    private static string? WhyHeldUp(Answer answer, EventKey late) =>
        answer.Watermark is null ? "it has never said up to where its puts have ended"
        : !answer.IsFresh ? "it does not answer, and may have puts in flight"
        : answer.Watermark < late ? "it has a put in flight, or has handed out a key that is not used yet"
        : null;

    private async Task<Answer> AskAsync(Peers.PeerDescriptor peer)
    {
        var live = services.Topologies.KnownPeers;
        if (live.Topology.IndexOf(peer.Id) is not (>= 0 and var index) || !live.IsHosted(index))
        {
            return new Answer(peer.Id, services.Confirmed.Find(peer), IsFresh: false);
        }

        try
        {
            return new Answer(peer.Id, services.Confirmed.Confirm(peer, await services.Replicas.Of(peer.Id).GetLowWatermarkAsync()), IsFresh: true);
        }
        catch (Exception e)
        {
            LogNotTold(services.Logger, e, peer.Id);
            return new Answer(peer.Id, services.Confirmed.Find(peer), IsFresh: false);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not say up to where it is safe to follow; what it said last counts")]
    private static partial void LogNotTold(ILogger logger, Exception failure, Peers.PeerId peer);

    private readonly record struct Answer(Peers.PeerId Peer, EventKey? Watermark, bool IsFresh);
}

/// <summary>What silos say of the puts through them.</summary>
/// <param name="Lowest">The first key at which events may still appear; null if it is not known.</param>
/// <param name="HeldUpBy">The peers whose word is old, or keeps it back for long.</param>
/// <param name="Doubts">Why the topology that is known may not have every peer in it: then nothing else is known.</param>
internal sealed record WatermarkReading(EventKey? Lowest, ImmutableArray<ScanDoubt> HeldUpBy, ImmutableArray<TopologyDoubt> Doubts);
