using System.Diagnostics;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>
/// Seals intervals of the cluster, one at a time, at the silo that <see cref="SealingPeer"/> names. If two silos do so at once, they get in each other's
/// way and nothing else: that a log has one continuation is kept by the cosigners.
/// </summary>
internal sealed partial class Sealer(
    PeerCertificateLog log, Cosigner cosigner, OtherCosigners others, IIntervalExamination examination, SealingAlarms alarms, IExaminedIntervals examined,
    ICoordinatingPeer own, IOptions<AllDataOptions> options, TimeProvider time, TaskScheduler scheduler, ILogger<Sealer> logger)
{
    private const string SpanName = "alldata.seal";

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _gate = new();
    private readonly Dictionary<SealOrder, Task<SealOutcome>> _running = [];

    /// <summary>Tries to seal an interval; the same order again joins the attempt that is going on.</summary>
    public Task<SealOutcome> SealAsync(SealOrder order)
    {
        lock (_gate)
        {
            if (!_running.TryGetValue(order, out var running))
            {
                _running[order] = running = Task.Factory.StartNew(
                    () => RunAsync(order), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
            }

            return running;
        }
    }

    private async Task<SealOutcome> RunAsync(SealOrder order)
    {
        await _one.WaitAsync();
        try
        {
            return await SealTracedAsync(order);
        }
        finally
        {
            _one.Release();
            lock (_gate)
            {
                _running.Remove(order);
            }
        }
    }

    private async Task<SealOutcome> SealTracedAsync(SealOrder order)
    {
        using var span = AllDataActivities.Source.StartActivity(SpanName);
        span?.SetTag(TelemetryAttributes.Interval, $"{order.Interval}");
        try
        {
            var outcome = await SealAloneAsync(order);
            Note(span, outcome);
            return outcome;
        }
        catch (Exception e)
        {
            AllDataActivities.Fail(span, e);
            throw;
        }
    }

    private static void Note(Activity? span, SealOutcome outcome)
    {
        span?.SetTag(TelemetryAttributes.SealStatus, TelemetryAttributes.TextOf(outcome.Status));
        if (span is not null && outcome.Certificate is { } entry)
        {
            var newest = IntervalCertificate.Parse(entry.Text);
            span.SetTag(TelemetryAttributes.CertificateVersion, newest.Version)
                .SetTag(TelemetryAttributes.CertificateState, TelemetryAttributes.TextOf(newest.State))
                .SetTag(TelemetryAttributes.EventCount, newest.Content.Events);
        }
    }

    private async Task<SealOutcome> SealAloneAsync(SealOrder order)
    {
        var proposal = new HeadProposal(log, cosigner, others, own, options.Value.Sealing.Patience, time);
        if (await proposal.PrepareAsync(order.EvenUnknown || order.AcceptMissing is not null) is { } notYet)
        {
            return new SealOutcome(SealStatus.NotSealed, notYet, await FindEntryAsync(order));
        }

        // Of a sealed interval it is looked at in any case whether it still has what was certified.
        var newest = await FindNewestAsync(order);
        var facts = await examination.RunAsync(order.Interval, isReadInDoubt: order.EvenUnknown || newest is not null, CancellationToken.None);
        var decision = SealingRules.Decide(facts, newest?.Certificate, new SealingOrder(order.AcceptMissing, order.EvenUnknown));
        Tell(order, decision);
        var outcome = decision.Outcome switch
        {
            SealingOutcome.Propose => await ProposeAsync(order, proposal, decision.Certificate!, facts),
            SealingOutcome.Unchanged => new SealOutcome(SealStatus.Unchanged, decision.Reason, newest?.Entry),
            _ => new SealOutcome(SealStatus.NotSealed, decision.Reason, newest?.Entry),
        };
        if (outcome.Status != SealStatus.NotSealed)
        {
            // Only now: what was found otherwise must be looked at again after a restart, too.
            await examined.NoteAsync(order.Interval, facts);
        }

        return outcome;
    }

    private async Task<SealOutcome> ProposeAsync(SealOrder order, HeadProposal proposal, IntervalCertificate draft, SealingFacts facts)
    {
        var text = await log.UseAsync(stored => (draft with { Previous = stored.Log.Last }).Text);
        if (await proposal.TryAppendAsync(text, facts) is { } reason)
        {
            LogNotSigned(order.Interval, reason);
            return new SealOutcome(SealStatus.NotSealed, reason, await FindEntryAsync(order));
        }

        LogSealed(order.Interval, draft.Version, draft.State, draft.Content.Events, draft.Content.Root);
        return new SealOutcome(
            SealStatus.Sealed, string.Join(' ', SealingRules.ReasonsOf(draft)), await FindEntryAsync(order));
    }

    private Task<NewestCertificate?> FindNewestAsync(SealOrder order) => log.UseAsync(stored => NewestCertificate.Find(stored, order.Interval));

    private async Task<CertificateEntry?> FindEntryAsync(SealOrder order) => (await FindNewestAsync(order))?.Entry;

    private void Tell(SealOrder order, SealingDecision decision)
    {
        if (decision.Outcome == SealingOutcome.Damaged)
        {
            if (alarms.OnDamaged(order.Interval, decision.Reason))
            {
                LogDamaged(order.Interval, decision.Reason);
            }
        }
        else if (decision.Certificate is not null)
        {
            alarms.OnRight(order.Interval);
        }

        if (decision.IsLate
            && alarms.OnLate(order.Interval, "events have come after it was sealed. They are kept and readable; the next version certifies them."))
        {
            LogLate(order.Interval);
        }
    }

    [LoggerMessage(LogLevel.Information, "Interval {Interval} is sealed: version {Version}, {State}, {Events} events, root {Root}")]
    private partial void LogSealed(Intervals.Interval interval, int version, CertificateState state, long events, TreeHash root);

    [LoggerMessage(LogLevel.Warning, "The certificate of interval {Interval} was not signed by more than half of the storing peers: {Reason}")]
    private partial void LogNotSigned(Intervals.Interval interval, string reason);

    [LoggerMessage(LogLevel.Error, "Sealed interval {Interval} is damaged: {Reason}")]
    private partial void LogDamaged(Intervals.Interval interval, string reason);

    [LoggerMessage(LogLevel.Warning, "Events have come into interval {Interval} after it was sealed: the next version of its certificate will say so")]
    private partial void LogLate(Intervals.Interval interval);
}
