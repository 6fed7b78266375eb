using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// Puts a batch whose events have their keys. It retries events that the store had no room for, within a bound, and retries once events whose outcome
/// is unknown. The keys make that safe: nothing is stored twice.
/// </summary>
internal sealed partial class BatchSender(
    IAllDataPuts puts, IOptions<EventHttpOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, Random random,
    ILogger<BatchSender> logger)
{
    // A hint of zero would make a loop of refusals.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    private readonly TimeSpan _patience = options.Value.Ingest.OverloadPatience;

    /// <summary>Cuts a batch under reserved keys out of the packed lines.</summary>
    /// <returns>The lines, and a task of their results, which never fails itself.</returns>
    public async Task<(LineBatch Lines, Task<SettledBatch> Settled)> BeginAsync(LinePacker packer, PutOptions? put)
    {
        try
        {
            var keys = packer.Events == 0 ? [] : await puts.ReserveKeysAsync(packer.Events);
            var lines = packer.Cut(keys.AsSpan());
            return (lines, SettleAsync(lines, put));
        }
        catch (Exception e)
        {
            // Nothing was written, whatever the failure.
            return Refuse(packer, e as PutException ?? new KeysUnavailableException(e.Message));
        }
    }

    /// <summary>Cuts a batch out of the packed lines of which nothing is put.</summary>
    /// <returns>The lines, and the same answer for each.</returns>
    public static (LineBatch Lines, Task<SettledBatch> Settled) Refuse(LinePacker packer, PutException error)
    {
        var lines = packer.Cut([]);
        return (lines, Task.FromResult(new SettledBatch(lines, AllFailed(lines.Lines.Length, error))));
    }

    private async Task<SettledBatch> SettleAsync(LineBatch lines, PutOptions? put) =>
        new(lines, lines.Events is null ? [] : await PutAsync(lines.Events, put));

    private async Task<PutAnswer[]> PutAsync(EventBatch batch, PutOptions? put)
    {
        var began = time.GetTimestamp();
        var answers = await AttemptAsync(batch, put);
        var mayResolve = true;
        while (true)
        {
            var again = PlanAgain(answers, mayResolve, _patience - time.GetElapsedTime(began));
            if (again.Count == 0 || !await PauseAsync(answers, again))
            {
                return answers;
            }

            mayResolve &= !again.Exists(i => answers[i].Error is PutOutcomeUnknownException);
            LogPutAgain(again.Count, answers.Length, answers[again[0]].Error!.Message);
            var retried = await AttemptAsync(Pick(batch, again), put);
            for (var i = 0; i < retried.Length; i++)
            {
                answers[again[i]] = PutVerdict.After(answers[again[i]], retried[i]);
            }
        }
    }

    private static List<int> PlanAgain(PutAnswer[] answers, bool mayResolve, TimeSpan left)
    {
        var again = new List<int>();
        for (var i = 0; i < answers.Length; i++)
        {
            if ((answers[i].Error is OverloadedException e && e.RetryAfter < left) || (mayResolve && answers[i].Error is PutOutcomeUnknownException))
            {
                again.Add(i);
            }
        }

        return again;
    }

    /// <summary>Waits as long as the store requests, and a little longer at random, so that refused streams do not come back together.</summary>
    /// <returns>False when the silo stops: there is no later.</returns>
    private async Task<bool> PauseAsync(PutAnswer[] answers, List<int> again)
    {
        var hint = again.Max(i => (answers[i].Error as OverloadedException)?.RetryAfter ?? TimeSpan.Zero);
        var pause = (hint > ShortestPause ? hint : ShortestPause) * (1 + (random.NextDouble() / 4));
        await Task.Delay(pause, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !lifetime.ApplicationStopping.IsCancellationRequested;
    }

    private async Task<PutAnswer[]> AttemptAsync(EventBatch batch, PutOptions? put)
    {
        try
        {
            var results = await puts.PutManyAsync(batch, put);
            var answers = new PutAnswer[batch.Count];
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = results.AnswerOf(i);
            }

            return answers;
        }
        catch (Exception e)
        {
            return AllFailed(batch.Count, ErrorOf(e, batch.Count));
        }
    }

    private static PutAnswer[] AllFailed(int count, PutException error)
    {
        var answers = new PutAnswer[count];
        Array.Fill(answers, PutAnswer.Failed(error));
        return answers;
    }

    private PutException ErrorOf(Exception e, int count)
    {
        if (e is PutException known)
        {
            return known;
        }

        LogUnforeseen(count, e);
        return new PutOutcomeUnknownException(e.Message, [], []);
    }

    private static EventBatch Pick(EventBatch batch, List<int> indexes)
    {
        using var picked = new EventBatchBuilder();
        var keys = new List<EventKey>(indexes.Count);
        var reader = batch.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            if (keys.Count < indexes.Count && indexes[keys.Count] == i)
            {
                keys.Add(reader.Current.Key);
                picked.Append(reader.Current.Payload);
                picked.Commit(reader.Current.Payload.Length);
            }
        }

        return picked.Build([.. keys]);
    }
}
