using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>
/// Seals intervals by itself, at the silo of the <see cref="SealingPeer"/>: those that are over and have settled, and sealed ones of which a peer holds something
/// else than before.
/// </summary>
internal sealed partial class SealingLoop(
    HostedPeer hostedPeer, SealingPeer sealingPeer, Sealer sealer, Cosigner cosigner, OtherCosigners others, PeerClosing closing, ExaminedIntervals examined,
    ClusterClock clock, TopologyCache topologies, PeerLog log, IOptions<AllDataOptions> options, TimeProvider time, ILogger<SealingLoop> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private readonly SealingOptions _options = options.Value.Sealing;
    private readonly SiloLoop _loop = new();

    // Intervals that could not be sealed although nothing of them has changed: when each is tried again.
    private readonly Dictionary<Interval, Attempt> _waiting = [];

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (_options.Enabled && hostedPeer.Stores)
        {
            lifecycle.Subscribe<SealingLoop>(ServiceLifecycleStage.Active, _ => _loop.StartAsync(RunAsync), _loop.StopAsync);
        }
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        await cosigner.MakeSureAsync();
        if (sealingPeer.Current != hostedPeer.Id)
        {
            _waiting.Clear();
            return;
        }

        var held = await others.AskAllAsync(static peer => peer.GetHeld());
        held[hostedPeer.Id] = await closing.GetHeldAsync(stop);
        foreach (var interval in held.Values.SelectMany(static h => h).Select(static h => h.Interval).Distinct().Order().Where(IsSettled).ToList())
        {
            stop.ThrowIfCancellationRequested();
            await TrySealAsync(interval, MarkOf(interval, held));
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

    private bool IsSettled(Interval interval) =>
        clock.WhyNotOver(interval) is null && clock.UnixMilliseconds - interval.Next.EndUnixMilliseconds >= _options.Settle.TotalMilliseconds;

    private string MarkOf(Interval interval, Dictionary<PeerId, ImmutableArray<HeldInterval>> held) => ExaminedIntervals.MarkOf(
        topologies.Own, held.ToDictionary(static h => h.Key, h => h.Value.FirstOrDefault(one => one.Interval == interval)?.Held ?? ""));

    private async Task TrySealAsync(Interval interval, string mark)
    {
        var isSame = await examined.FindAsync(interval) == mark;
        if (isSame && (_waiting.TryGetValue(interval, out var attempt) ? attempt.At > time.GetMonotonic() : await IsDoneAsync(interval)))
        {
            return;
        }

        try
        {
            var outcome = await sealer.SealAsync(new SealOrder(interval));
            if (outcome.Status == SealStatus.NotSealed || !await IsDoneAsync(interval))
            {
                WaitFor(interval, outcome.Reason);
            }
            else
            {
                _waiting.Remove(interval);
            }
        }
        catch (Exception e) when (e is CertificateException or RegistryUnavailableException or IOException or OrleansException)
        {
            WaitFor(interval, e.Message);
        }
    }

    // Copies that are missing come by themselves, which changes what is held. What is unknown may become known without any change.
    private Task<bool> IsDoneAsync(Interval interval) => log.UseAsync(
        stored => stored.Log.Sealed.GetValueOrDefault(interval)?.State is CertificateState.Complete or CertificateState.CompleteDegraded);

    private void WaitFor(Interval interval, string reason)
    {
        var before = _waiting.GetValueOrDefault(interval) ?? new Attempt(default, _options.Check, Reason: "");
        if (before.Reason != reason)
        {
            LogWaiting(interval, reason);
        }

        var rest = before.Rest * 2 < LongestRest ? before.Rest * 2 : LongestRest;
        _waiting[interval] = new Attempt(time.GetMonotonic() + before.Rest, rest, reason);
    }

    [LoggerMessage(LogLevel.Information, "Interval {Interval} is not sealed yet: {Reason}")]
    private partial void LogWaiting(Interval interval, string reason);

    [LoggerMessage(LogLevel.Information, "No interval could be sealed at this look: {Reason}")]
    private partial void LogNotLooked(string reason);

    [LoggerMessage(LogLevel.Debug, "A look for intervals to be sealed failed")]
    private partial void LogFailure(Exception failure);

    private sealed record Attempt(TimeSpan At, TimeSpan Rest, string Reason);
}
