using AllData.Intervals;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Engine;

/// <summary>What the writer of a store in files knows to be held. One thread counts; any thread may read the sums.</summary>
internal sealed class HeldSums
{
    private readonly Dictionary<Interval, ContentSum> _held = [];
    private long _blocks;
    private long _events;

    /// <summary>Blocks held.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Events in them.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>More is held of an interval.</summary>
    public void Add(Interval interval, ContentSum sum) => Set(interval, _held.GetValueOrDefault(interval) + sum);

    /// <summary>An interval was counted again.</summary>
    public void Set(Interval interval, ContentSum sum)
    {
        var before = _held.GetValueOrDefault(interval);
        _held[interval] = sum;
        Volatile.Write(ref _blocks, _blocks + sum.Blocks - before.Blocks);
        Volatile.Write(ref _events, _events + sum.Events - before.Events);
    }
}
