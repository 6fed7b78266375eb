using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>Puts batches of lines and reports the result of each line to the ledger.</summary>
internal sealed class LineSender(AllDataClient client, PutOptions? options, LoadLedger ledger)
{
    /// <summary>Records the result of every line of the batch in the ledger.</summary>
    /// <param name="lines">At least one line; all have their key given, or none has.</param>
    public async Task SendAsync(IReadOnlyList<EventLine> lines)
    {
        if (await TryPutAsync(lines) is { } results)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                await SettleAsync(lines[i], results.KeyOf(i), results.AnswerOf(i));
            }
        }
        else
        {
            foreach (var line in lines)
            {
                await ledger.FailAsync(line, "The load was interrupted before it was put. Nothing was written.");
            }
        }

        ledger.Flush();
    }

    /// <summary>Waits for nothing any more: every batch ends with what is known.</summary>
    public Task AbandonAsync() => client.CloseAsync(TimeSpan.Zero);

    /// <summary>Puts; null when the load has been abandoned.</summary>
    private async Task<PutResults?> TryPutAsync(IReadOnlyList<EventLine> lines)
    {
        try
        {
            return await (lines[0].Key is null
                ? client.PutManyAsync([.. lines.Select(static line => EventPayload.FromBytes(line.Event))], options)
                : client.PutManyAsync([.. lines.Select(static line => KeyValuePair.Create(line.Key!.Value, EventPayload.FromBytes(line.Event)))], options));
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    private ValueTask SettleAsync(EventLine line, EventKey? key, PutAnswer answer)
    {
        if (answer.Error is null)
        {
            ledger.Acknowledge(line, answer.ToReceipt(key));
            return ValueTask.CompletedTask;
        }

        return new ValueTask(ledger.FailAsync(line, key, answer.ErrorFor(key)!));
    }
}
