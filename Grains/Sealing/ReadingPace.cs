namespace AllData.Sealing;

/// <summary>
/// Leaves the processor to puts while an interval is read: nothing waits for its certificate. After each stretch of reading comes a rest of three times its
/// length, until the rests have taken as long as they may; from then on it is read without.
/// </summary>
/// <param name="mostRest">How long all rests may take together.</param>
/// <param name="time">The clock.</param>
internal sealed class ReadingPace(TimeSpan mostRest, TimeProvider time)
{
    private const int RestPerWork = 3;

    private static readonly TimeSpan LeastWork = TimeSpan.FromMilliseconds(5);

    private TimeSpan _left = mostRest;
    private long _began = time.GetTimestamp();

    /// <summary>A page has been read.</summary>
    public async Task RestAsync(CancellationToken stop)
    {
        var work = time.GetElapsedTime(_began);
        if (work < LeastWork)
        {
            return;
        }

        var rest = work * RestPerWork;
        if (rest < _left)
        {
            _left -= rest;
            await Task.Delay(rest, time, stop);
        }
        else
        {
            await Task.Yield();
        }

        _began = time.GetTimestamp();
    }
}
