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
/// Seals intervals by itself, at the silo of the <see cref="SealingPeer"/>: those that are over and have settled, and sealed ones of which a peer holds
/// something else than before.
/// </summary>
internal sealed partial class SealingLoop(
    ICoordinatingPeer own, SealingPeer sealingPeer, Sealer sealer, Cosigner cosigner, OtherCosigners others, IPeerClosing closing, IExaminedIntervals examined,
    ClusterClock clock, TopologyCache topologies, PeerCertificateLog log, IOptions<AllDataOptions> options, TimeProvider time, ILogger<SealingLoop> logger)
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
        if (sealingPeer.Current != own.Id)
        {
            _waiting.Clear();
            return;
        }

        var held = await others.AskAllAsync(static peer => peer.GetHeldAsync());
        held[own.Id] = await closing.GetHeldAsync(stop);
        var (marks, done) = (await examined.GetMarksAsync(), await FindDoneAsync());
        foreach (var interval in held.Values.SelectMany(static h => h).Select(static h => h.Interval).Distinct().Order().Where(IsSettled).ToList())
        {
            stop.ThrowIfCancellationRequested();
            var mark = MarkOf(interval, held);
            if (IsDue(interval, mark, done.Contains(interval) && marks.GetValueOrDefault(interval.FirstMinute.Value) == mark))
            {
                await SealAsync(interval, mark);
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

    private bool IsSettled(Interval interval) =>
        clock.WhyNotOver(interval) is null && clock.UnixMilliseconds - interval.Next.EndUnixMilliseconds >= _options.Settle.TotalMilliseconds;

    private string MarkOf(Interval interval, Dictionary<PeerId, ImmutableArray<IntervalMark>> held) => ExaminedIntervals.MarkOf(
        topologies.Own, held.ToDictionary(static h => h.Key, h => h.Value.FirstOrDefault(one => one.Interval == interval)?.Held ?? ""));

    private bool IsDue(Interval interval, string mark, bool isDone) =>
        _waiting.TryGetValue(interval, out var attempt) ? attempt.Mark != mark || attempt.At <= time.GetMonotonic() : !isDone;

    private async Task SealAsync(Interval interval, string mark)
    {
        try
        {
            var outcome = await sealer.SealAsync(new SealOrder(interval));
            if (outcome.Status == SealStatus.NotSealed || !(await FindDoneAsync()).Contains(interval))
            {
                WaitFor(interval, mark, outcome.Reason);
            }
            else
            {
                _waiting.Remove(interval);
            }
        }
        catch (Exception e) when (e is CertificateException or RegistryUnavailableException or IOException or OrleansException)
        {
            WaitFor(interval, mark, FailureText.SentenceOf(e));
        }
    }

    // Copies that are missing come by themselves, which changes what is held. What is unknown may become known without any change.
    private Task<HashSet<Interval>> FindDoneAsync() => log.UseAsync(static stored =>
        stored.Log.Sealed.Where(static one => one.Value.State != CertificateState.Unknown).Select(static one => one.Key).ToHashSet());

    private void WaitFor(Interval interval, string mark, string reason)
    {
        var before = _waiting.GetValueOrDefault(interval) is { } last && last.Mark == mark ? last : new Attempt(default, _options.Check, mark, Reason: "");
        if (before.Reason != reason)
        {
            LogWaiting(interval, reason);
        }

        var rest = before.Rest * 2 < LongestRest ? before.Rest * 2 : LongestRest;
        _waiting[interval] = new Attempt(time.GetMonotonic() + before.Rest, rest, mark, reason);
    }

    [LoggerMessage(LogLevel.Information, "Interval {Interval} is not sealed yet: {Reason}")]
    private partial void LogWaiting(Interval interval, string reason);

    [LoggerMessage(LogLevel.Information, "No interval could be sealed at this look: {Reason}")]
    private partial void LogNotLooked(string reason);

    [LoggerMessage(LogLevel.Debug, "A look for intervals to be sealed failed")]
    private partial void LogFailure(Exception failure);

    private sealed record Attempt(TimeSpan At, TimeSpan Rest, string Mark, string Reason);
}
