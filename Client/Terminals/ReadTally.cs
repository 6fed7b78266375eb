namespace AllData.Client.Terminals;

/// <summary>Counts what was read, for the progress: one thread counts, another shows.</summary>
internal sealed class ReadTally(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _events;
    private long _bytes;

    public long Events => Interlocked.Read(ref _events);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Time since the beginning.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Some were read.</summary>
    public void Add(long events, long bytes)
    {
        Interlocked.Add(ref _events, events);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>The counts and rates as a phrase.</summary>
    public string Describe()
    {
        var seconds = Math.Max(Elapsed.TotalSeconds, 0.001);
        return $"{Amount.OfEvents(Events)}, {Amount.Of(Bytes)}, {Events / seconds:N0} events/s, {Amount.Of((long)(Bytes / seconds))}/s";
    }
}
