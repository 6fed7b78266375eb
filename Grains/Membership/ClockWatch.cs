using AllData.Configuration;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Clocks;
using AllData.Protocol.Keys;
using AllData.Protocol.Topologies;
using AllData.Remote;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

/// <summary>
/// Asks some other silos every few seconds what their clocks show. A call of its own, because the bounds of an answer are those of its round trip:
/// other calls wait for disks.
/// </summary>
internal sealed partial class ClockWatch(
    ClusterClock clock, ICoordinatingPeer hostedPeer, TopologyCache topologies, IReplicas replicas, IHostingSilos silos, ConfiguredFederation federation,
    TimeProvider time, ILogger<ClockWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Silos that are asked in a round, at most; in a larger cluster each round asks the next ones.</summary>
    public const int MaxAsked = 8;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);

    private readonly SiloLoop _loop = new();
    private int _next;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe<ClockWatch>(ServiceLifecycleStage.Active, _ => _loop.StartAsync(RunAsync), _loop.StopAsync);

    /// <summary>Asks once; ends within a few seconds, and never with an error.</summary>
    public async Task CompareAsync()
    {
        if (clock.Observe() is var jump && jump != TimeSpan.Zero)
        {
            LogJumped(hostedPeer.Id, jump);
        }

        var others = Others();
        var first = others.Count == 0 ? 0 : _next++ % others.Count;
        var asked = Enumerable.Range(0, Math.Min(MaxAsked, others.Count)).Select(i => others[(first + i) % others.Count]);
        var answers = await Task.WhenAll(asked.Select(AskAsync));
        clock.Take(answers.OfType<ClockSample>(), others);
    }

    /// <summary>
    /// The latest time that the clock of a registered silo shows, as the first keys of a new data directory must lie behind it. A reader that has asked the
    /// silos for their watermarks before this one was registered counts on it.
    /// </summary>
    /// <param name="topology">The registry's word about the new directory.</param>
    /// <returns>Unix milliseconds; where no other silo answers, this silo's own time and as much as a clock may be behind.</returns>
    public async Task<long> FindLatestAsync(TopologySnapshot topology)
    {
        var others = topology.Peers.Where(p => p.Id != hostedPeer.Id && !p.IsPutOnly).Select(static p => p.Id).ToList();
        if (others.Count == 0 && !federation.HasOthers)
        {
            return 0;
        }

        var started = clock.Monotonic;
        while (true)
        {
            var asked = others.Where(silos.Alive.Contains).Order().Take(MaxAsked);
            if ((await Task.WhenAll(asked.Select(AskAsync))).OfType<ClockSample>().ToList() is { Count: > 0 } answers)
            {
                return answers.Max(static a => a.Reading.UnixMilliseconds);
            }

            if (others.Count == 0 || clock.Monotonic - started > SuppliedKeyRules.ClockTolerance)
            {
                return time.GetUtcNow().ToUnixTimeMilliseconds() + SuppliedKeyRules.ClockTolerance;
            }

            await Task.Delay(Again, time);
        }
    }

    // Before the first topology all silos with a peer's name count: a silo must know of a wrong clock before it issues its first key. Clusters go on
    // alone: one's clocks are no word about another's.
    private List<PeerId> Others()
    {
        var registered = topologies.Own.Peers.Select(static p => p.Id).ToHashSet();
        return [.. silos.Alive.Where(p => p != hostedPeer.Id && (registered.Count == 0 || registered.Contains(p))).Order()];
    }

    private async Task<ClockSample?> AskAsync(PeerId peer)
    {
        var sent = clock.Monotonic;
        try
        {
            var reading = await replicas.Of(peer).ReadClockAsync();
            return new ClockSample(peer, reading, sent, clock.Monotonic);
        }
        catch (Exception e)
        {
            LogNoAnswer(e, peer);
            return null;
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            await CompareAsync();
            TellConditions();
        }
    }

    private string? _told;

    // Once when it begins and once when it is over; the messages contain times, so no two are the same.
    private void TellConditions()
    {
        var conditions = clock.Conditions.ToList();
        var told = string.Join(' ', conditions.Select(static c => $"{c.Code} {c.StopsPuts}"));
        if (told != (_told ?? ""))
        {
            conditions.ForEach(c => LogCondition(hostedPeer.Id, c.Sentence));
            if (conditions.Count == 0)
            {
                LogWellAgain(hostedPeer.Id);
            }
        }

        _told = told;
    }

    [LoggerMessage(LogLevel.Warning, "The clock of peer {Peer} has jumped by {Jump}")]
    private partial void LogJumped(PeerId peer, TimeSpan jump);

    [LoggerMessage(LogLevel.Warning, "Peer {Peer}: {Condition}")]
    private partial void LogCondition(PeerId peer, string condition);

    [LoggerMessage(LogLevel.Information, "The clock of peer {Peer} agrees with the others again")]
    private partial void LogWellAgain(PeerId peer);

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not report its clock")]
    private partial void LogNoAnswer(Exception failure, PeerId peer);
}
