namespace AllData.Repair;

/// <summary>What repair has done since the silo began, for reports and instruments. Safe for several threads.</summary>
internal sealed class RepairCounters
{
    private long _fetchedBlocks;
    private long _fetchedEvents;
    private long _fetchedBytes;
    private long _knownBlocks;
    private long _mendedBlocks;

    /// <summary>Blocks that were fetched from other peers and were not held before.</summary>
    public long FetchedBlocks => Volatile.Read(ref _fetchedBlocks);

    /// <summary>Events in them.</summary>
    public long FetchedEvents => Volatile.Read(ref _fetchedEvents);

    /// <summary>Bytes of all blocks that were fetched, those that were held already included.</summary>
    public long FetchedBytes => Volatile.Read(ref _fetchedBytes);

    /// <summary>Blocks that were fetched and were held already: they had come in between.</summary>
    public long KnownBlocks => Volatile.Read(ref _knownBlocks);

    /// <summary>Damaged blocks that were fetched again.</summary>
    public long MendedBlocks => Volatile.Read(ref _mendedBlocks);

    /// <summary>A block was fetched and stored.</summary>
    public void OnFetched(int events, int bytes, bool isNew)
    {
        Interlocked.Add(ref _fetchedBytes, bytes);
        Interlocked.Add(ref _fetchedBlocks, isNew ? 1 : 0);
        Interlocked.Add(ref _fetchedEvents, isNew ? events : 0);
        Interlocked.Add(ref _knownBlocks, isNew ? 0 : 1);
    }

    /// <summary>A damaged block was replaced by an intact copy.</summary>
    public void OnMended() => Interlocked.Increment(ref _mendedBlocks);
}
