using AllData.Client.Output;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Loading;

/// <summary>Where each line ends, exactly once: acknowledged with a receipt, or failed with a reason and kept as a reject.</summary>
internal sealed class LoadLedger(LoadTally tally, ReceiptsFile receipts, RejectsFile rejects, Terminal terminal)
{
    /// <summary>Failures that are shown with their reason; the rest is only counted.</summary>
    public const int MaxShown = 20;

    private int _failures;

    /// <summary>The counts.</summary>
    public LoadTally Tally => tally;

    /// <summary>The store holds the line.</summary>
    public void Acknowledge(EventLine line, PutReceipt receipt)
    {
        receipts.Write(line, receipt);
        tally.OnAcknowledged(receipt);
    }

    /// <summary>A batch was answered.</summary>
    public void Flush() => receipts.Flush();

    /// <summary>The line failed for good after it had got its key.</summary>
    public Task FailAsync(EventLine line, EventKey key, Exception reason)
    {
        // The key matters only when copies may exist: then a put under the same key completes them, a put under a new one doubles them.
        var perhapsStored = reason is not PutException { Written: WrittenState.Nothing };
        return FailAsync(line, perhapsStored ? $"{reason.Message} It may be stored under key {key}." : reason.Message);
    }

    /// <summary>The line failed for good.</summary>
    public async Task FailAsync(EventLine line, string reason)
    {
        Show(line, reason);
        await rejects.WriteAsync(line);
    }

    /// <summary>The line is longer than any event may be; it goes to the rejects in pieces.</summary>
    public async Task FailLongLineAsync(EventLine line, LineReader reader, int limit, CancellationToken cancellation)
    {
        Show(line, $"It is longer than {limit:N0} bytes.");
        await rejects.WriteAsync(stream => reader.CopyLongLineAsync(stream, cancellation));
    }

    private void Show(EventLine line, string reason)
    {
        tally.OnFailed();
        var failures = Interlocked.Increment(ref _failures);
        if (failures <= MaxShown)
        {
            terminal.Say($"Line {line.Number}: {reason}");
        }
        else if (failures == MaxShown + 1)
        {
            terminal.Say($"More than {MaxShown} lines failed; the others are counted and not shown.");
        }
    }
}
