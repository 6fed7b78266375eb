using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Protocol.Numbers;
using AllData.Reading;
using AllData.Remote;
using AllData.Repair;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>
/// Finds out everything about an interval: asks every registered peer to close it, then what it numbered and what it holds, and reads all events. Sealer and
/// cosigners do the same, each by itself. One interval at a time: each costs as much as reading it. In a store of several clusters it is about the peers of
/// this one: what they hold, and whether that is all that they have coordinated.
/// </summary>
internal sealed class IntervalExamination(
    PeerCertificateLog log, ScanServices scans, OtherCosigners others, IPeerClosing closing, ICoordinatingPeer own, TopologyCache topologies,
    IReplicas replicas, ConfiguredFederation federation, IOptions<AllDataOptions> options, IRepairSchedule repair, TimeProvider time)
    : IIntervalExamination
{
    // A peer counts what it holds when it closes an interval.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromMinutes(5);

    // An interval that takes longer than that to read is read without rests, so that it is read in time.
    private const int RestsOfPatience = 4;

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Told of each event that is read. A simulation compares them with what really is.</summary>
    public Action<EventEntry>? OnEvent { get; init; }

    /// <inheritdoc/>
    public async Task<SealingFacts> RunAsync(Interval interval, bool isReadInDoubt, CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            return await RunAloneAsync(interval, isReadInDoubt, stop);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<SealingFacts> RunAloneAsync(Interval interval, bool isReadInDoubt, CancellationToken stop)
    {
        // A peer that joined a moment ago may hold something: without the registry's word no list of peers is all of them.
        if (await scans.LearnTopologyAsync(ScanScope.Cluster) is [var doubt, ..])
        {
            throw new CertificateException($"Which peers there are could not be confirmed: {doubt.Reason}.");
        }

        var topology = topologies.Own;
        if (interval.LengthMilliseconds != (long)topology.IntervalLength.TotalMilliseconds)
        {
            throw new CertificateException($"{interval} is not an interval of this cluster, whose intervals are {topology.IntervalLength} long.");
        }

        // In this order: what is numbered and held is final only once no peer takes puts any more, and a block is held only after it was numbered.
        var closed = await CloseAsync(topology, interval, stop);
        var numbers = await NumberQuestions.AskAsync(replicas, topology, interval, stop);
        var newest = await log.UseAsync(stored => NewestCertificate.Find(stored, interval)?.Certificate);
        var unread = FactsOf(interval, topology, closed, numbers) with { Former = FormerOf(interval, topology, newest) };
        if (!isReadInDoubt && !unread.Doubts.IsEmpty)
        {
            // Reading costs as much as the interval is large, and would change nothing.
            return unread;
        }

        var copies = await CopySurvey.TakeAsync(scans, interval, topology.Version, stop);
        var held = new HeldNumbers(interval.FirstMinute, ordinal => federation.Own is not { } store || !store.IsOthers(ordinal));
        var pace = new ReadingPace(options.Value.Sealing.Patience / RestsOfPatience, time);
        var root = await IntervalRoot.ReadAsync(scans, interval, held.Add, OnEvent, pace, stop);
        var survey = numbers.Compare(held);
        if (survey.Coordinators.Any(static c => !c.Missing.IsEmpty))
        {
            // Peers with equal events count as equal, and one of them was read: another may hold the same events in another block.
            await NumberQuestions.ListAsync(replicas, topology, interval, held, stop);
            survey = numbers.Compare(held);
        }

        if (copies.Missing.Any(m => m.Peer == own.Id))
        {
            repair.Hurry();
        }

        if (topologies.Own.Version != topology.Version)
        {
            throw new CertificateException("The list of peers has changed while an interval was looked at. Try again.");
        }

        var coordinators = EarlierNumbers.Of(NumberQuestions.Certified(survey), newest).ToList();
        return unread with
        {
            Peers = [.. unread.Peers.Select(p => p with { HasAnswered = p.HasAnswered && HasGivenAll(p, copies, root) })],
            Content = root.Content,
            Coordinators =
            [
                .. coordinators.Concat(unread.FormerWithout(coordinators.Select(static c => c.Ordinal))).OrderBy(static c => c.Ordinal)
                    .ThenBy(static c => c.Incarnation),
            ],
            ArePutsUnderWay = survey.Coordinators.Any(static c => !c.UnderWay.IsEmpty),
            Unnumbered = survey.Unnumbered,
            Copies = copies.Copies,
            MissingCopies = copies.Missing,
            Time = scans.Time.GetUtcNow(),
        };
    }

    // Directories that are gone, and with them what they numbered. Where a certificate names one as having answered, it was there to be asked.
    private ImmutableArray<int> FormerOf(Interval interval, TopologySnapshot topology, IntervalCertificate? newest)
    {
        var present = topology.Peers.Select(static p => p.Ordinal).ToHashSet();
        var slack = (long)options.Value.Maintenance.CloseDelay.TotalMilliseconds;
        return
        [
            .. topology.Ordinals.Where(o => !present.Contains(o.Ordinal) && MayHaveCoordinated(o, interval, slack)).Select(static o => o.Ordinal)
                .Except(newest is not null && EarlierNumbers.AreFinal(newest) ? newest.Answered.Select(static a => a.Ordinal) : []).Order(),
        ];
    }

    // Keys that are supplied may lie in the interval before; none lies in the future.
    private static bool MayHaveCoordinated(DirectoryOrdinal given, Interval interval, long slack) =>
        given.Directory != Guid.Empty && given.GivenAt - slack < interval.Next.EndUnixMilliseconds && given.EndedAt + slack > interval.StartUnixMilliseconds;

    // What is known before the events are read.
    private SealingFacts FactsOf(
        Interval interval, TopologySnapshot topology, ImmutableDictionary<PeerId, CloseReply> closed, NumberQuestions numbers) => new()
        {
            Store = own.StoreId,
            Cluster = log.Cluster,
            Interval = interval,
            Peers = [.. topology.Peers.Where(static p => !p.IsPutOnly).OrderBy(static p => p.Ordinal).Select(p => FactsOf(p, closed, numbers))],
            Content = null,
            Coordinators = [],
            Copies = new AdherenceCounts(0, 0, 0),
            Held = HeldMark.Of(topology.Peers.Where(p => closed.ContainsKey(p.Id)).Select(p => (p.Ordinal, closed[p.Id].Held))),
            Policy = PolicyOf(options.Value.Replication),
            Topology = topology.Version,
            Time = scans.Time.GetUtcNow(),
        };

    private static bool HasGivenAll(PeerFacts peer, CopySurvey copies, IntervalRoot root) =>
        !copies.Silent.Contains(peer.Peer) && (peer.IsDamaged || !root.Doubtful.Contains(peer.Peer));

    private PeerFacts FactsOf(PeerDescriptor peer, ImmutableDictionary<PeerId, CloseReply> closed, NumberQuestions numbers)
    {
        var reply = closed.GetValueOrDefault(peer.Id);
        return new PeerFacts(peer.Ordinal, peer.Id)
        {
            // One that this silo leaves out of its plans, because its region was dropped or its name is another's, is not read.
            HasAnswered = !peer.Stores || (reply is not null && topologies.Current.Topology.IndexOf(peer.Id) >= 0),
            IsClosed = !peer.Stores || reply is { WhyOpen: null },
            WhyOpen = reply?.WhyOpen,
            IsDamaged = reply?.Damage is not null,
            HasReportedNumbers = numbers.HasAnswered(peer.Ordinal),
        };
    }

    private async Task<ImmutableDictionary<PeerId, CloseReply>> CloseAsync(TopologySnapshot topology, Interval interval, CancellationToken stop)
    {
        var replies = await Task.WhenAll(topology.Peers.Where(static p => p.Stores)
            .Select(async p => (Peer: p.Id, Reply: await CloseAsync(p.Id, interval, stop))));
        return replies.Where(static r => r.Reply is not null).ToImmutableDictionary(static r => r.Peer, static r => r.Reply!);
    }

    private async Task<CloseReply?> CloseAsync(PeerId peer, Interval interval, CancellationToken stop)
    {
        try
        {
            return await (peer == own.Id ? closing.CloseAsync(interval, stop) : others.Of(peer).CloseAsync(interval)).WaitAsync(ClosePatience, time, stop);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // A peer that cannot answer is named in the certificate, whatever the reason.
            return null;
        }
    }

    private static string PolicyOf(ReplicationOptions replication) =>
        $"factor {replication.Factor}, other zones {replication.OtherZoneReplicas}, other regions {replication.OtherRegionReplicas}";
}
