using System.Runtime.CompilerServices;
using AllData.Events;

namespace AllData.Client.Put;

/// <summary>How a file is loaded.</summary>
/// <param name="InFlight">Batches in flight at once.</param>
/// <param name="BatchEvents">Events in a batch, at most.</param>
/// <param name="IsKeyed">Whether each line carries its key.</param>
internal sealed record FileLoadOptions(int InFlight, int BatchEvents, bool IsKeyed = false, Topic? Topic = null)
{
    /// <summary>Longest line, bytes without its ending: the largest event that a silo accepts by default.</summary>
    public const int UsualMaxLineBytes = 1024 * 1024;

    /// <summary>Longest line that any store accepts: Orleans refuses larger messages.</summary>
    public const int LargestMaxLineBytes = 60 * 1024 * 1024;

    /// <summary>Bytes in a batch, at most; with <see cref="InFlight"/> it bounds the memory that a load takes.</summary>
    public const int MaxBatchBytes = 4 * 1024 * 1024;

    /// <summary>How long a batch that is not full waits for the next line of a pipe that pauses.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(200);

    /// <summary>How long batches in flight may still take after an interrupt.</summary>
    public static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(5);
}

/// <summary>Reads lines, checks them, and keeps a bounded number of batches in flight.</summary>
internal sealed class FileLoader(LineReader reader, LineSender sender, LoadLedger ledger, FileLoadOptions options, TimeProvider time)
{
    /// <summary>Why the input was not read to its end, a sentence; null when it was, or an interrupt came.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Loads until the end of the input or until it is stopped; every line that was read is then completed.</summary>
    /// <param name="stop">Stops reading; what is in flight has <see cref="FileLoadOptions.DrainBound"/> to finish.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        using var abandon = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var onStop = stop.Register(() => abandon.CancelAfter(FileLoadOptions.DrainBound));
        await using var onAbandon = abandon.Token.Register(() => _ = sender.AbandonAsync());
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.InFlight };
        await Parallel.ForEachAsync(ReadBatchesAsync(stop), parallel, async (batch, _) => await sender.SendAsync(batch));
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

            if (await CheckAsync(line, stop) is { } good && batcher.Add(good) is { } full)
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
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // Lines read before are put and counted; the user must know where the input broke off.
            Stopped = $"The input cannot be read beyond line {reader.LinesRead:N0}: {e.Message} What comes before is put; put the rest from there.";
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

    /// <summary>The line as it is put; null if it has failed already.</summary>
    private async Task<EventLine?> CheckAsync(EventLine line, CancellationToken stop)
    {
        ledger.Tally.OnRead();
        if (line.IsTooLong)
        {
            await FailLongLineAsync(line, stop);
            return null;
        }

        var checkedLine = line;
        if ((options.IsKeyed ? KeyedLine.Parse(line, options.Topic, out checkedLine) : JsonCheck.FindFault(line.Bytes)) is not { } fault)
        {
            return checkedLine;
        }

        await ledger.FailAsync(line, fault);
        return null;
    }

    private async Task FailLongLineAsync(EventLine line, CancellationToken stop)
    {
        try
        {
            await ledger.FailLongLineAsync(line, reader, reader.MaxLineBytes, stop);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidDataException)
        {
            // The line is counted; the next read meets the same and ends the load in order.
        }
    }
}
