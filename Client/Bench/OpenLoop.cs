namespace AllData.Client.Bench;

/// <summary>
/// Puts at a given rate, whatever the answers: each call has its moment on a fixed schedule, and its latency counts from that moment, even if it was
/// sent late. A store that stalls is then charged for the events that came meanwhile, not only for those that it was asked to take (Tene, "How NOT to
/// Measure Latency": coordinated omission). An event that is not sent at all has no latency, although it would have waited the longest: if there are
/// any, the percentiles are a lower bound.
/// </summary>
/// <param name="load">What is done.</param>
/// <param name="record">Where it is noted.</param>
/// <param name="time">The clock.</param>
internal sealed class OpenLoop(ILoad load, RunRecord record, TimeProvider time)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(1);

    private long _outstanding;

    /// <summary>How many tasks share the schedule. A single one would be busy with a hundred thousand calls per second.</summary>
    public int Senders { get; init; } = 2;

    /// <summary>Runs for a time, then waits for outstanding answers.</summary>
    /// <param name="eventsPerSecond">The rate.</param>
    /// <param name="maxOutstanding">
    /// Calls in flight, at most. Events that are due while the limit is reached are not sent at all, but counted: a queue before the store would grow
    /// without end.
    /// </param>
    /// <param name="duration">For how long.</param>
    /// <param name="cancellation">Ends it at once; calls in flight are left alone.</param>
    public async Task RunAsync(double eventsPerSecond, int maxOutstanding, TimeSpan duration, CancellationToken cancellation)
    {
        var (step, length) = (time.TimestampFrequency * load.Batch / eventsPerSecond, (long)(duration.TotalSeconds * time.TimestampFrequency));
        var schedule = new Schedule(time.GetTimestamp(), step, length);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(i => Task.Run(() => SendAsync(i, schedule, maxOutstanding, cancellation), cancellation)));
        while (Interlocked.Read(ref _outstanding) > 0)
        {
            await Task.Delay(Beat, time, cancellation);
        }
    }

    private async Task SendAsync(int sender, Schedule schedule, int maxOutstanding, CancellationToken cancellation)
    {
        var call = (long)sender;
        while (call < schedule.Calls)
        {
            var now = time.GetTimestamp();
            if (now >= schedule.End)
            {
                break;
            }

            for (; call < schedule.Calls && schedule.MomentOf(call) <= now; call += Senders)
            {
                SendOrSkip(schedule.MomentOf(call), maxOutstanding);
            }

            await Task.Delay(Beat, time, cancellation);
        }

        // The time is over before the schedule is done: the sender itself was too slow.
        for (; call < schedule.Calls; call += Senders)
        {
            record.Skip(load.Batch);
        }
    }

    private void SendOrSkip(long moment, int maxOutstanding)
    {
        if (Interlocked.Increment(ref _outstanding) <= maxOutstanding)
        {
            PutAsync(moment).Ignore();
        }
        else
        {
            Interlocked.Decrement(ref _outstanding);
            record.Skip(load.Batch);
        }
    }

    private async Task PutAsync(long moment)
    {
        try
        {
            var stored = await load.PutAsync(record.Take(load.Batch), record).ConfigureAwait(false);
            record.Latencies.Add(time.GetElapsedTime(moment), stored);
        }
        catch (Exception e)
        {
            record.Fail(e, load.Batch);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    private readonly record struct Schedule(long Start, double Step, long Length)
    {
        public long End => Start + Length;

        public long Calls => (long)(Length / Step);

        public long MomentOf(long call) => Start + (long)(call * Step);
    }
}
