using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Bench;

/// <summary>What one run has shown.</summary>
/// <param name="Record">What was sent, acknowledged and refused.</param>
/// <param name="Elapsed">From its start to the last answer.</param>
/// <param name="Usage">What it has cost.</param>
/// <param name="Verification">What reading it back has shown; null when it was not read.</param>
internal sealed record LoadResult(RunRecord Record, TimeSpan Elapsed, Usage Usage, VerificationResult? Verification);

/// <summary>Runs a load with its progress shown, and reads back what it has put.</summary>
/// <param name="terminal">Where its progress is shown.</param>
/// <param name="reports">The silos; null if they cannot be asked.</param>
/// <param name="reader">Reads back; null: nothing is read back.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadRun(Terminal terminal, ClusterReports? reports, IEventReader? reader, TimeProvider time)
{
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Runs a load.</summary>
    /// <param name="record">Where the load notes what it does.</param>
    /// <param name="duration">How long it will take, for the progress.</param>
    /// <param name="load">Runs to its end.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<LoadResult> RunAsync(RunRecord record, TimeSpan duration, Func<Task> load, CancellationToken cancellation)
    {
        var elapsed = TimeSpan.Zero;
        var usage = await new UsageWatch(reports, time).RunAsync(() => ShowAsync(record, duration, load, took => elapsed = took), cancellation);
        return new LoadResult(record, elapsed, usage, reader is null ? null : await VerifyAsync(reader, record, cancellation));
    }

    private Task ShowAsync(RunRecord record, TimeSpan duration, Func<Task> load, Action<TimeSpan> took)
    {
        var started = time.GetTimestamp();
        var (shownAt, shown) = (started, 0L);
        return new WorkProgress(terminal, Describe, () => time.GetElapsedTime(started) / duration, time) { Period = ProgressPeriod }.ShowAsync(async () =>
        {
            await load();
            took(time.GetElapsedTime(started));
        });

        string Describe()
        {
            var (now, acknowledged) = (time.GetTimestamp(), record.Acknowledged);
            var rate = (acknowledged - shown) / Math.Max(time.GetElapsedTime(shownAt, now).TotalSeconds, 0.001);
            (shownAt, shown) = (now, acknowledged);
            var failed = record.Errors.Values.Sum() is > 0 and var errors ? $", {errors:N0} failed" : "";
            return $"{acknowledged:N0} events, now {rate:N0} events/s{failed}";
        }
    }

    private async Task<VerificationResult> VerifyAsync(IEventReader events, RunRecord record, CancellationToken cancellation)
    {
        VerificationResult? result = null;
        await new WorkProgress(terminal, static () => "reading back what was put", null, time)
            .ShowAsync(async () => result = await new Verification(events).RunAsync(record, cancellation));
        return result!;
    }
}
