using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>
/// Seals intervals by itself, at the silo of the <see cref="SealingPeer"/>: those that are over and have settled, and sealed ones of which a peer holds
/// something else than before.
/// </summary>
internal sealed partial class SealingLoop(
    ICoordinatingPeer own, SealingPeer sealingPeer, SealingTurn turn, Sealer sealer, Cosigner cosigner, OtherCosigners others, IPeerClosing closing,
    IExaminedIntervals examined, ClusterClock clock, TopologyCache topologies, PeerCertificateLog log, IOptions<AllDataOptions> options, TimeProvider time,
    ILogger<SealingLoop> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private readonly SealingOptions _options = options.Value.Sealing;
    private readonly SiloLoop _loop = new();

    // Intervals that could not be sealed although nothing of them has changed: when each is tried again.
    private readonly Dictionary<Interval, Attempt> _waiting = [];

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (_options.Enabled && options.Value.Peer.Stores)
        {
            lifecycle.Subscribe<SealingLoop>(ServiceLifecycleStage.Active, _ => _loop.StartAsync(RunAsync), _loop.StopAsync);
        }
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        await cosigner.MakeSureAsync();
        if (await turn.FindAsync() != own.Id)
        {
            _waiting.Clear();
            return;
        }

        var held = await others.AskAllAsync(static peer => peer.GetHeldAsync());
        held[own.Id] = await closing.GetHeldAsync(stop);
        foreach (var due in await FindDueAsync(held))
        {
            stop.ThrowIfCancellationRequested();
            await SealAsync(due);
            if (sealingPeer.Current is { } other && other != own.Id && await turn.FindAsync() != own.Id)
            {
                return;
            }
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_options.Check, time);
        var said = "";
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                await LookAsync(stop);
                said = "";
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // It goes on: what was in the way may have gone by the next look.
                var reason = FailureText.SentenceOf(e);
                if (reason != said)
                {
                    LogNotLooked(reason);
                    said = reason;
                }

                LogFailure(e);
            }
        }
    }

    private async Task<ImmutableArray<DueInterval>> FindDueAsync(Dictionary<PeerId, ImmutableArray<IntervalMark>> held)
    {
        var (marks, logged) = (await examined.GetMarksAsync(), await log.UseAsync(static stored => stored.Log.Sealed.ToImmutableDictionary()));
        var answers = topologies.Own.Peers.Where(p => held.ContainsKey(p.Id))
            .ToDictionary(static p => p.Ordinal, p => held[p.Id].ToDictionary(static one => one.Interval, static one => one.Held));
        return DueIntervals.Of(answers, logged, marks, IsDueAgain, IsSettled);
    }

    private bool? IsDueAgain(Interval interval, HeldMark held) =>
        _waiting.TryGetValue(interval, out var attempt) ? !attempt.Held.Equals(held) || attempt.At <= time.GetMonotonic() : null;

    private bool IsSettled(Interval interval) =>
        clock.WhyNotOver(interval) is null && clock.UnixMilliseconds - interval.Next.EndUnixMilliseconds >= _options.Settle.TotalMilliseconds;

    private async Task SealAsync(DueInterval due)
    {
        var interval = due.Interval;
        try
        {
            var outcome = await sealer.SealAsync(new SealOrder(interval));
            if (outcome.Status == SealStatus.NotSealed || await IsUnknownAsync(interval))
            {
                WaitFor(due, outcome.Reason);
            }
            else
            {
                _waiting.Remove(interval);
            }
        }
        catch (Exception e) when (e is CertificateException or RegistryUnavailableException or IOException or OrleansException)
        {
            WaitFor(due, FailureText.SentenceOf(e));
        }
    }

    private Task<bool> IsUnknownAsync(Interval interval) => log.UseAsync(stored =>
        !stored.Log.Sealed.TryGetValue(interval, out var newest) || newest.State == CertificateState.Unknown);

    private void WaitFor(DueInterval due, string reason)
    {
        var before = _waiting.GetValueOrDefault(due.Interval) is { } last && last.Held.Equals(due.Held)
            ? last
            : new Attempt(default, _options.Check, due.Held, Reason: "");
        if (before.Reason != reason)
        {
            LogWaiting(due.Interval, reason);
        }

        var rest = before.Rest * 2 < LongestRest ? before.Rest * 2 : LongestRest;
        _waiting[due.Interval] = new Attempt(time.GetMonotonic() + before.Rest, rest, due.Held, reason);
    }

    [LoggerMessage(LogLevel.Information, "Interval {Interval} is not sealed yet: {Reason}")]
    private partial void LogWaiting(Interval interval, string reason);

    [LoggerMessage(LogLevel.Information, "No interval could be sealed at this look: {Reason}")]
    private partial void LogNotLooked(string reason);

    [LoggerMessage(LogLevel.Debug, "A look for intervals to be sealed failed")]
    private partial void LogFailure(Exception failure);

    private sealed record Attempt(TimeSpan At, TimeSpan Rest, HeldMark Held, string Reason);
}
