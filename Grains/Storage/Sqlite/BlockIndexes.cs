using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Sqlite;

/// <summary>Where some of the blocks of an interval file are listed besides: by topic, and by arrival. For one thread.</summary>
internal sealed class BlockIndexes(SqliteDatabase database) : IDisposable
{
    private readonly TopicIndex _topics = new(database);
    private readonly LateIndex _late = new(database);

    /// <summary>Whether a block is listed anywhere.</summary>
    public static bool Concern(BlockHeader header) => header.Topic is not null || header.Arrival is not null;

    /// <summary>Lists a block where it belongs, within the writer's transaction.</summary>
    /// <param name="header">The block's header.</param>
    /// <param name="number">Its number (<c>seq</c>).</param>
    public void Add(BlockHeader header, long number)
    {
        _topics.Add(header, number);
        _late.Add(header, number);
    }

    /// <summary>Where a block should be listed and is not; null when it is where it belongs.</summary>
    public string? FindMissing(BlockHeader header, long number) =>
        !_topics.Has(header, number) ? $"under its topic {header.Topic}" : !_late.Has(header, number) ? $"under its arrival {header.Arrival}" : null;

    /// <summary>Forgets what says something of blocks of a minute that are not there, and of the given ones, within the writer's transaction.</summary>
    public void Forget(UnixMinute minute, IReadOnlyCollection<long> numbers)
    {
        _topics.Forget(minute, numbers);
        _late.Forget(minute, numbers);
    }

    public void Dispose()
    {
        _topics.Dispose();
        _late.Dispose();
    }
}
