using AllData.Errors;

namespace AllData.Client.Bench;

/// <summary>Puts in a closed loop: each of the callers makes its next call when it has the answer to the one before.</summary>
/// <param name="loads">What the callers do, in turn: one for all of them, or one each.</param>
/// <param name="record">Where it is noted.</param>
/// <param name="time">The clock.</param>
internal sealed class ClosedLoop(IReadOnlyList<ILoad> loads, RunRecord record, TimeProvider time)
{
    /// <summary>Pause of a caller after a failure: calls that fail at once must not spin.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs for a time, then waits for outstanding answers.</summary>
    /// <param name="inFlight">Callers.</param>
    /// <param name="duration">For how long calls are made.</param>
    /// <param name="cancellation">Ends it at once; calls in flight are left alone.</param>
    public Task RunAsync(int inFlight, TimeSpan duration, CancellationToken cancellation)
    {
        var end = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
        return Task.WhenAll(Enumerable.Range(0, inFlight).Select(i => CallAsync(loads[i % loads.Count], end, cancellation))).WaitAsync(cancellation);
    }

    private async Task CallAsync(ILoad load, long end, CancellationToken cancellation)
    {
        // Even if answers are there at once, the callers take turns from the start.
        await Task.Yield();
        var asked = time.GetTimestamp();
        while (asked < end && !cancellation.IsCancellationRequested)
        {
            var pause = TimeSpan.Zero;
            try
            {
                var stored = await load.PutAsync(record.Take(load.Batch), record).ConfigureAwait(false);
                var answered = time.GetTimestamp();
                record.Latencies.Add(time.GetElapsedTime(asked, answered), stored);
                (asked, pause) = (answered, stored > 0 ? TimeSpan.Zero : AfterFailure);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                record.Fail(e, load.Batch);
                pause = (e as OverloadedException)?.RetryAfter is { } hint && hint < AfterFailure ? hint : AfterFailure;
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
                asked = time.GetTimestamp();
            }
        }
    }
}
