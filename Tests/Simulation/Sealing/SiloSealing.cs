using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Protocol.Certificates;
using AllData.Repair;
using AllData.Replication;
using AllData.Sealing;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AllData.Simulation.Sealing;

/// <summary>Seals and cosigns in one life of a silo: the shipped classes, over the simulated network and disk.</summary>
internal sealed class SiloSealing
{
    private readonly World _world;
    private readonly SimulatedSilo _silo;
    private readonly SealingLoop _loop;

    /// <summary>Puts them together, as the silo's host does.</summary>
    public SiloSealing(World world, SimulatedSilo silo)
    {
        (_world, _silo) = (world, silo);
        var (options, alarms, examined) = (Options.Create(world.Settings.Options), new SealingAlarms(), new SimulatedExamined());
        Log = new PeerCertificateLog(
            silo.Peer, new SimulatedCertificateDirectory(silo.Machine), silo.Topologies, silo.Machine.Cluster.Federation, options,
            silo.Life.Scheduler, NullLogger<PeerCertificateLog>.Instance);
        Others = new OtherCosigners(silo.Peer, silo.Topologies, new SimulatedCosigners(world, silo), silo.Time);
        Closing = new SimulatedClosing(world, silo);
        Examination = new IntervalExamination(
            Log, SiloScans.Of(world, silo), Others, new WatchedClosing(silo, Closing), silo.Peer, silo.Topologies, silo.Replicas,
            silo.Machine.Cluster.Federation, options, new NoHurry(), silo.Time)
        {
            OnEvent = entry => silo.Machine.Cluster.Certificates.OnRead(silo, entry),
        };
        Cosigner = new Cosigner(Log, Examination, Others, silo.Peer, alarms, examined, NullLogger<Cosigner>.Instance);
        Sealer = new Sealer(
            Log, Cosigner, Others, Examination, alarms, examined, silo.Peer, options, silo.Time, silo.Life.Scheduler, NullLogger<Sealer>.Instance);
        var order = new SealingPeer(silo.Topologies);
        _loop = new SealingLoop(
            silo.Peer, order, new SealingTurn(order, Others, Cosigner, silo.Peer), Sealer, Cosigner, Others, Closing, examined, silo.Clock, silo.Topologies,
            Log, options, silo.Time, NullLogger<SealingLoop>.Instance);
    }

    /// <summary>The log of its peer.</summary>
    public PeerCertificateLog Log { get; }

    /// <summary>The way to the other cosigners.</summary>
    public OtherCosigners Others { get; }

    /// <summary>Closes intervals.</summary>
    public IPeerClosing Closing { get; }

    /// <summary>Looks at intervals.</summary>
    public IntervalExamination Examination { get; }

    /// <summary>Signs.</summary>
    public Cosigner Cosigner { get; }

    /// <summary>Seals.</summary>
    public Sealer Sealer { get; }

    /// <summary>Seals by itself as long as the silo lives.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(_world.Settings.Options.Sealing.Check, _silo.Time);
            await TryAsync(async () =>
            {
                await _loop.LookAsync(CancellationToken.None);
                return true;
            });
        }
    }

    /// <summary>Carries out an order.</summary>
    /// <returns>What came of it; null: it failed.</returns>
    public async Task<SealOutcome?> SealAsync(SealOrder order)
    {
        var outcome = await TryAsync(() => Sealer.SealAsync(order));
        if (outcome is { Status: SealStatus.NotSealed })
        {
            _world.Trace.Note(TraceKind.NotSealed, _silo.Machine.Number, $"{order.Interval}: {outcome.Reason}");
        }

        return outcome;
    }

    /// <summary>Proposes what is not true: an event less than there is, or that nothing is in doubt.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="hidesEvent">Whether an event is left out.</param>
    public Task LieAsync(Interval interval, bool hidesEvent) => TryAsync(async () =>
    {
        var proposal = new HeadProposal(Log, Cosigner, Others, _silo.Peer, _world.Settings.Options.Sealing.Patience, _silo.Time);
        if (await proposal.PrepareAsync(isOrdered: true) is not null)
        {
            return false;
        }

        var facts = await Examination.RunAsync(interval, isReadInDoubt: true, CancellationToken.None);
        var lie = hidesEvent ? facts with { Content = _silo.Machine.Cluster.Certificates.WithoutOne(_silo, interval) } : WithoutDoubt(facts);
        var newest = await Log.UseAsync(stored => NewestCertificate.Find(stored, interval)?.Certificate);
        if (SealingRules.Decide(lie, newest, new SealingOrder(AcceptMissing: null, EvenUnknown: true)) is not { Outcome: SealingOutcome.Propose } decision)
        {
            return false;
        }

        _silo.Machine.Cluster.Certificates.OnLie();
        var text = await Log.UseAsync(stored => (decision.Certificate! with { Previous = stored.Log.Last }).Text);
        return await proposal.TryAppendAsync(text, lie) is null;
    });

    private static SealingFacts WithoutDoubt(SealingFacts facts) => facts with
    {
        Peers = [.. facts.Peers.Select(static p => CertificateFacts.Sound(p.Ordinal, p.Peer))],
        Coordinators =
        [
            .. facts.Coordinators.Select(
                static c => c with { Missing = NumberRanges.None, IsEndUnknown = false, Abandoned = c.Missing.Union(c.Abandoned) }),
        ],
        MissingCopies = [],
    };

    private async Task<T?> TryAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            _world.Trace.Note(TraceKind.RoundFailed, _silo.Machine.Number, $"sealing: {e.GetType().Name}");
            return default;
        }
    }

    private sealed class NoHurry : IRepairSchedule
    {
        public void Hurry()
        {
            // Repair compares all the time.
        }
    }

    /// <summary>Tells when this silo begins to look at an interval: it closes it first.</summary>
    private sealed class WatchedClosing(SimulatedSilo silo, IPeerClosing closing) : IPeerClosing
    {
        public Task<CloseReply> CloseAsync(Interval interval, CancellationToken stop)
        {
            silo.Machine.Cluster.Certificates.OnLook(silo, interval);
            return closing.CloseAsync(interval, stop);
        }

        public Task<ImmutableArray<IntervalMark>> GetHeldAsync(CancellationToken stop) => closing.GetHeldAsync(stop);
    }
}
