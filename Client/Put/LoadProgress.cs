using AllData.Client.Terminals;

namespace AllData.Client.Put;

/// <summary>Shows a load in progress.</summary>
/// <param name="terminal">Where to show it.</param>
/// <param name="tally">The counts.</param>
/// <param name="bytesRead">Bytes read so far.</param>
/// <param name="totalBytes">Bytes of the file; null when it is a pipe.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadProgress(Terminal terminal, LoadTally tally, Func<long> bytesRead, long? totalBytes, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Shows it until the work has ended, and passes on how it ended.</summary>
    public Task ShowAsync(Func<Task> work) =>
        new WorkProgress(terminal, Describe, totalBytes is null ? null : Fraction, time).ShowAsync(work);

    private double Fraction() => (double)bytesRead() / Math.Max(totalBytes ?? 1, 1);

    private string Describe()
    {
        var counts = tally.Counts;
        var seconds = Math.Max(time.GetElapsedTime(_started).TotalSeconds, 0.001);
        double? fraction = totalBytes is > 0 && !terminal.IsInteractive ? Fraction() : null;
        return LoadOutput.Describe(counts, counts.Acknowledged / seconds, fraction);
    }
}
