using AllData.Encryption;
using AllData.Errors;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Puts;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>Puts events under keys that may be held already: refuses what no client may give, finds what is held, and puts what remains.</summary>
internal sealed partial class SuppliedKeyPutter(
    SuppliedKeyLookUp lookUp, BlockCoordinator blocks, KeyIssuer keys, LateTakers lateTakers, PayloadEncoder encoder, PutInstruments instruments,
    ClusterClock clock, ILogger<SuppliedKeyPutter> logger)
{
    /// <summary>Completes when every event has its answer, and never with an error.</summary>
    /// <param name="events">Events under given keys, in any order; the same key may come twice.</param>
    /// <param name="settle">Takes the answer of an event, by its place; called once for each, by one thread.</param>
    /// <param name="terms">What the put requests.</param>
    /// <param name="started">When the call arrived, a timestamp of the time provider.</param>
    /// <param name="ticket">The room that the events have taken; given back here.</param>
    public async Task PutAsync(KeyedEvent[] events, Action<int, PutAnswer> settle, PutTerms terms, long started, AdmissionGate.Ticket ticket)
    {
        using var _ = ticket;
        var isLate = new bool[events.Length];
        var answers = new PutAnswer?[events.Length];
        try
        {
            using var pending = keys.BeginGiven(events, isLate);
            await AnswerAsync(events, isLate, answers, terms, started, ticket);
        }
        catch (PutException e)
        {
            Fill(answers, e);
        }
        catch (Exception e)
        {
            // A bug must not make the put hang: the caller gets an answer.
            LogFailed(e, events.Length);
            Fill(answers, InternalError.Of(e));
        }

        for (var i = 0; i < answers.Length; i++)
        {
            settle(i, WithoutOwnConflict(events[i], answers[i]!));
        }
    }

    private async Task AnswerAsync(
        KeyedEvent[] events, bool[] isLate, PutAnswer?[] answers, PutTerms terms, long started, AdmissionGate.Ticket ticket)
    {
        var now = clock.UnixMilliseconds;
        var resolved = await lookUp.ResolveAsync(events, terms.Demand, now);
        foreach (var one in resolved.Events)
        {
            if (one.Answer is { } answer)
            {
                Array.ForEach(one.Indexes, i => answers[i] = answer);
                instruments.OnPutResolved(answer.Error, one.Indexes.Length);
            }
        }

        var remaining = resolved.Events.FindAll(static one => one.Answer is null);
        var late = remaining.FindAll(one => isLate[one.Indexes[0]]);
        if (late.Count > 0 && !await lateTakers.AllTakeAsync(resolved.Plan.Live))
        {
            late.Clear();
        }

        await Task.WhenAll(PutAsync(remaining.Except(late), isLate: false), PutAsync(late, isLate: true));

        Task PutAsync(IEnumerable<SuppliedKeyLookUp.Resolved> some, bool isLate) => Task.WhenAll(some
            .GroupBy(static one => one.HeldBy, SuppliedKeyLookUp.SameHolders)
            .Select(async group =>
            {
                var members = group.ToList();
                var put = await blocks.PutGivenAsync([.. members.Select(m => m.Event)], resolved.Plan, group.Key, isLate, terms, started, ticket);
                for (var i = 0; i < put.Length; i++)
                {
                    Array.ForEach(members[i].Indexes, index => answers[index] = put[i]);
                }
            }));
    }

    // While silos encrypt with different keys, an attempt through another one may be in flight in another form: it is the same event, and no conflict.
    private PutAnswer WithoutOwnConflict(KeyedEvent put, PutAnswer answer) =>
        answer.Error is KeyConflictException { Conflict: { } conflict } && encoder.FindForm(put, digest => digest == conflict.Held) is not null
            ? PutAnswer.Failed(new PutOutcomeUnknownException(
                $"The event under key {put.Key} is held, or is being put, encrypted with another key. Whether enough copies are is not known. Retry with the "
                + "same key.",
                [],
                [],
                put.Key)
            {
                Written = WrittenState.SomeCopies,
            })
            : answer;

    private static void Fill(PutAnswer?[] answers, PutException error)
    {
        var failed = PutAnswer.Failed(error);
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] ??= failed;
        }
    }

    [LoggerMessage(LogLevel.Error, "A put of {Events} events under given keys failed")]
    private partial void LogFailed(Exception exception, int events);
}
