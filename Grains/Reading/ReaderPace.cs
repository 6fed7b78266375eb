namespace AllData.Reading;

/// <summary>
/// How steadily a reader takes what a scan gives it. What it takes earns it time to wait, up to a bound; when that is used up, it has read more slowly than it
/// may. Only the time counts in which the scan waits for the reader.
/// </summary>
/// <param name="bytesPerSecond">The slowest rate; 0: only silence is bounded.</param>
/// <param name="time">The clock.</param>
internal sealed class ReaderPace(long bytesPerSecond, TimeProvider time)
{
    /// <summary>
    /// How long a reader may take nothing. One that died without a word looks like a slow one; without a bound, scans of dead readers would fill the gate until
    /// their grains are collected.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private TimeSpan _left = Patience;

    /// <summary>Waits until the reader has taken something.</summary>
    /// <param name="taken">Completes when it has.</param>
    /// <param name="bytes">What it takes.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="TimeoutException">It reads too slowly.</exception>
    public async Task WaitAsync(Task taken, long bytes, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        try
        {
            await taken.WaitAsync(_left, time, stop);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Reason} Scan again after the last key that was read.");
        }

        Earn(time.GetElapsedTime(began), bytes);
    }

    private string Reason => _left == Patience
        ? $"Nothing of this scan was read for {Patience}."
        : $"This scan was read at less than {bytesPerSecond} bytes a second (AllData:Limits:ScanMinBytesPerSecond).";

    private void Earn(TimeSpan waited, long bytes)
    {
        if (bytesPerSecond == 0)
        {
            return;
        }

        var left = _left - waited + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        _left = left > Patience ? Patience : left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }
}
