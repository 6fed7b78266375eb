using AllData.Client.Terminals;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>
/// Where each line ends, exactly once: acknowledged with a receipt; failed with nothing written, and kept as a reject; or perhaps stored, and kept
/// with its key, because only under that key it can be put again without being stored twice.
/// </summary>
internal sealed class LoadLedger(LoadTally tally, ReceiptsFile receipts, LineFile rejects, LineFile unknown, Terminal terminal)
{
    /// <summary>Failures that are shown with their reason; the rest is only counted.</summary>
    public const int MaxShown = 20;

    private int _failures;

    public LoadTally Tally => tally;

    /// <summary>The store holds the line.</summary>
    public void Acknowledge(EventLine line, PutReceipt receipt)
    {
        receipts.Write(line, receipt);
        tally.OnAcknowledged(receipt);
    }

    /// <summary>A batch was answered.</summary>
    public void Flush() => receipts.Flush();

    /// <summary>The put of the line failed for good.</summary>
    /// <param name="line">The line.</param>
    /// <param name="key">Its key, once it had one.</param>
    /// <param name="error">What is known.</param>
    public Task FailAsync(EventLine line, EventKey? key, PutException error) =>
        error.Written == WrittenState.Nothing || key is null ? FailAsync(line, error.Message) : DoubtAsync(line, key.Value, error);

    /// <summary>The line failed for good, and nothing of it was written.</summary>
    public async Task FailAsync(EventLine line, string reason)
    {
        tally.OnFailed();
        var isKept = await rejects.WriteAsync(line.ToOriginal());
        Show($"Line {line.Number}: {reason}", isForced: rejects.IsKept && !isKept);
    }

    /// <summary>The line is longer than any event may be; it goes to the rejects in pieces.</summary>
    public async Task FailLongLineAsync(EventLine line, LineReader reader, int limit, CancellationToken cancellation)
    {
        tally.OnFailed();
        Show($"Line {line.Number}: It is longer than {limit:N0} bytes. The store takes no larger event.", isForced: false);
        await rejects.WriteAsync(stream => reader.CopyLongLineAsync(stream, cancellation));
    }

    private async Task DoubtAsync(EventLine line, EventKey key, PutException error)
    {
        tally.OnUnknown();
        var isKept = await unknown.WriteAsync(KeyedLine.Write(key, line.Event));

        // If no file has the key, the terminal is the only place that shows it.
        Show($"Line {line.Number}: {error.Message} It may be stored under key {key}.", isForced: !isKept);
    }

    private void Show(string sentence, bool isForced)
    {
        var failures = Interlocked.Increment(ref _failures);
        if (failures <= MaxShown || isForced)
        {
            terminal.Say(sentence);
        }
        else if (failures == MaxShown + 1)
        {
            terminal.Say($"More than {MaxShown} lines failed; the others are counted and not shown.");
        }
    }
}
