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
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>
/// Finds out everything about an interval: asks every registered peer to close it, then what it numbered and what it holds, and reads all events. Sealer and
/// cosigners do the same, each by itself. One interval at a time: each costs as much as reading it.
/// </summary>
internal sealed class IntervalExamination(
    ScanServices scans, OtherCosigners others, IPeerClosing closing, ICoordinatingPeer own, TopologyCache topologies, IReplicas replicas,
    ConfiguredFederation federation, IOptions<AllDataOptions> options, IExaminedIntervals examined, IRepairSchedule repair, TimeProvider time)
{
    // A peer counts what it holds when it closes an interval.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromMinutes(5);

    // An interval that takes longer than that to read is read without rests, so that it is read in time.
    private const int RestsOfPatience = 4;

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Told of each event that is read. A simulation compares them with what really is.</summary>
    public Action<EventEntry>? OnEvent { get; init; }

    /// <summary>Finds it out.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="stop">Ends it between two answers.</param>
    /// <exception cref="CertificateException">It cannot be found out now; the message says why.</exception>
    public async Task<SealingFacts> RunAsync(Interval interval, CancellationToken stop)
    {
        if (federation.Own is not null)
        {
            throw new CertificateException("A store of several clusters does not seal its intervals yet.");
        }

        await _one.WaitAsync(stop);
        try
        {
            return await RunAloneAsync(interval, stop);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<SealingFacts> RunAloneAsync(Interval interval, CancellationToken stop)
    {
        // A peer that joined a moment ago may hold something: without the registry's word no list of peers is all of them.
        if (await scans.LearnTopologyAsync() is [var doubt, ..])
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
        var copies = await CopySurvey.TakeAsync(scans, interval, topologies.Current.Topology.Version, stop);
        var held = new HeldNumbers(interval.FirstMinute);
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

        var facts = new SealingFacts
        {
            Store = own.StoreId,
            Cluster = own.ClusterId,
            Interval = interval,
            Peers = [.. topology.Peers.Where(static p => !p.IsPutOnly).OrderBy(static p => p.Ordinal).Select(p => FactsOf(p, closed, numbers, copies, root))],
            Content = root.Content,
            Coordinators = NumberQuestions.Certified(survey),
            ArePutsUnderWay = survey.Coordinators.Any(static c => !c.UnderWay.IsEmpty),
            Unnumbered = survey.Unnumbered,
            Copies = copies.Copies,
            MissingCopies = copies.Missing,
            Policy = PolicyOf(options.Value.Replication),
            Topology = topology.Version,
            Time = scans.Time.GetUtcNow(),
        };
        await examined.NoteAsync(interval, ExaminedIntervals.MarkOf(topology, closed.ToImmutableDictionary(static c => c.Key, static c => c.Value.Held)));
        return facts;
    }

    private static PeerFacts FactsOf(
        PeerDescriptor peer, ImmutableDictionary<PeerId, CloseReply> closed, NumberQuestions numbers, CopySurvey copies, IntervalRoot root)
    {
        var reply = closed.GetValueOrDefault(peer.Id);
        return new PeerFacts(peer.Ordinal, peer.Id)
        {
            HasAnswered = !peer.Stores
                || (reply is not null && !copies.Silent.Contains(peer.Id) && (reply.Damage is not null || !root.Doubtful.Contains(peer.Id))),
            IsClosed = !peer.Stores || reply is { WhyOpen: null },
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
