using AllData.Client.Connection;
using AllData.Events;
using AllData.Putting;
using AllData.Replication;

namespace AllData.Client.Loading;

/// <summary>
/// Puts one batch under keys that are reserved before its first attempt, so that every further attempt, through whatever gateway, finds
/// what the one before has stored.
/// </summary>
internal sealed class BatchSender(IGrainFactory grains, RetryRule rule, PutOptions options, TimeProvider time, LoadLedger ledger)
{
    private readonly RetryingCaller _caller = new(rule, time);

    /// <summary>Settles every line of the batch in the ledger.</summary>
    /// <param name="lines">At least one line.</param>
    /// <param name="abandon">Gives up what is still unanswered; those lines fail.</param>
    public async Task SendAsync(IReadOnlyList<EventLine> lines, CancellationToken abandon)
    {
        var pending = await ReserveAsync(lines, abandon);
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            var answers = await AskAsync(pending, abandon);
            (pending, var delay) = await SettleAsync(pending, answers, attempt);
            if (pending.Count > 0)
            {
                ledger.Tally.OnRetried(pending.Count);
                await PauseAsync(delay, abandon);
            }
        }
    }

    private async Task<IReadOnlyList<KeyedLine>> ReserveAsync(IReadOnlyList<EventLine> lines, CancellationToken abandon)
    {
        try
        {
            var keys = await _caller.CallAsync(() => grains.GetPutCoordinator().ReserveKeys(lines.Count), abandon);
            return [.. lines.Zip(keys, static (line, key) => new KeyedLine(line, key))];
        }
        catch (Exception e)
        {
            foreach (var line in lines)
            {
                await ledger.FailAsync(line, $"No key could be reserved, nothing was written: {Reason(e).Message}");
            }

            return [];
        }
    }

    private async Task<IReadOnlyList<Answer>> AskAsync(IReadOnlyList<KeyedLine> pending, CancellationToken abandon)
    {
        try
        {
            var batch = EventBatch.OfKeyed(
                [.. pending.Select(static p => KeyValuePair.Create(p.Key, EventPayload.FromBytes(p.Line.Bytes)))]);
            var results = await grains.GetPutCoordinator().PutMany(batch, options).WaitAsync(abandon);
            return [.. results.Select(static r => new Answer(r.Receipt, r.Error))];
        }
        catch (Exception e)
        {
            return [.. pending.Select(_ => new Answer(null, Reason(e)))];
        }
    }

    private async Task<(IReadOnlyList<KeyedLine> Again, TimeSpan Delay)> SettleAsync(
        IReadOnlyList<KeyedLine> pending, IReadOnlyList<Answer> answers, int attempt)
    {
        var again = new List<KeyedLine>();
        var longest = TimeSpan.Zero;
        foreach (var (line, answer) in pending.Zip(answers))
        {
            if (answer.Receipt is not null)
            {
                ledger.Acknowledge(line.Line, answer.Receipt);
            }
            else if (rule.DelayAfter(answer.Error!, attempt) is { } delay)
            {
                again.Add(line);
                longest = delay > longest ? delay : longest;
            }
            else
            {
                await ledger.FailAsync(line.Line, line.Key, answer.Error!);
            }
        }

        ledger.Flush();
        return (again, longest);
    }

    private async Task PauseAsync(TimeSpan delay, CancellationToken abandon)
    {
        try
        {
            await Task.Delay(delay, time, abandon);
        }
        catch (OperationCanceledException)
        {
            // The next attempt sees the cancellation and settles the lines: none may leave without an entry in the ledger.
        }
    }

    private static Exception Reason(Exception failure) =>
        failure is OperationCanceledException ? new OperationCanceledException("Given up after the interrupt.", failure) : failure;

    private readonly record struct KeyedLine(EventLine Line, EventKey Key);

    private readonly record struct Answer(PutReceipt? Receipt, Exception? Error);
}
