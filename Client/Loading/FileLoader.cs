using System.Runtime.CompilerServices;
using AllData.Events;

namespace AllData.Client.Loading;

/// <summary>How a file is loaded.</summary>
/// <param name="InFlight">Batches under way at once.</param>
/// <param name="BatchEvents">Events in a batch, at most.</param>
internal sealed record FileLoadOptions(int InFlight, int BatchEvents)
{
    /// <summary>Longest line, bytes without its ending: the largest event that a silo takes by default.</summary>
    public const int MaxLineBytes = 1024 * 1024;

    /// <summary>Bytes in a batch, at most; with <see cref="InFlight"/> it bounds the memory that a load takes.</summary>
    public const int MaxBatchBytes = 4 * 1024 * 1024;

    /// <summary>How long a batch that is not full waits for the next line of a pipe that pauses.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(200);

    /// <summary>How long batches under way may still take after an interrupt.</summary>
    public static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(5);
}

/// <summary>Reads lines, checks them, and keeps a bounded number of batches under way.</summary>
internal sealed class FileLoader(LineReader reader, BatchSender sender, LoadLedger ledger, FileLoadOptions options, TimeProvider time)
{
    /// <summary>Loads until the end of the input or until it shall stop; every line that was read is then settled.</summary>
    /// <param name="stop">Stops reading; what is under way has <see cref="FileLoadOptions.DrainBound"/> to finish.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var onStop = stop.Register(() => abandon.CancelAfter(FileLoadOptions.DrainBound));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.InFlight };
        await Parallel.ForEachAsync(ReadBatchesAsync(stop), parallel, async (batch, _) => await sender.SendAsync(batch, abandon.Token));
    }

    private async IAsyncEnumerable<IReadOnlyList<EventLine>> ReadBatchesAsync([EnumeratorCancellation] CancellationToken stop)
    {
        var batcher = new LineBatcher(options.BatchEvents, FileLoadOptions.MaxBatchBytes);
        while (true)
        {
            var next = ReadAsync(stop);
            if (!batcher.IsEmpty && !await ArrivesSoonAsync(next))
            {
                // A pipe that pauses must not hold back what it has already given.
                yield return batcher.Take();
            }

            if (await next is not { } line)
            {
                break;
            }

            if (await IsGoodAsync(line, stop) && batcher.Add(line) is { } full)
            {
                yield return full;
            }
        }

        if (!batcher.IsEmpty)
        {
            yield return batcher.Take();
        }
    }

    private async Task<EventLine?> ReadAsync(CancellationToken stop)
    {
        try
        {
            return await reader.ReadAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<bool> ArrivesSoonAsync(Task<EventLine?> next)
    {
        if (!next.IsCompleted)
        {
            using var arrived = new CancellationTokenSource();
            var pause = Task.Delay(FileLoadOptions.Linger, time, arrived.Token);
            await Task.WhenAny(next, pause);
            await arrived.CancelAsync();
        }

        return next.IsCompleted;
    }

    private async Task<bool> IsGoodAsync(EventLine line, CancellationToken stop)
    {
        ledger.Tally.OnRead();
        if (line.IsTooLong)
        {
            await FailLongLineAsync(line, stop);
            return false;
        }

        if (JsonCheck.FindFault(line.Bytes) is not { } fault)
        {
            return true;
        }

        await ledger.FailAsync(line, fault);
        return false;
    }

    private async Task FailLongLineAsync(EventLine line, CancellationToken stop)
    {
        try
        {
            await ledger.FailLongLineAsync(line, reader, FileLoadOptions.MaxLineBytes, stop);
        }
        catch (OperationCanceledException)
        {
            // The line is counted; the next read sees the interrupt and ends the load in order.
        }
    }
}
