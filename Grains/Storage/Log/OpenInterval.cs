using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Storage.Log;

/// <summary>An interval that is written to: its segments, in order, and its index. Read by any thread, changed by the writer's.</summary>
internal sealed class OpenInterval(Interval interval, IntervalIndex index) : HeldBlocks(index), IDisposable
{
    private ImmutableDictionary<int, SegmentFile> _segments = ImmutableDictionary<int, SegmentFile>.Empty;
    private int _lastNumber;

    /// <summary>The interval.</summary>
    public Interval Interval => interval;

    /// <summary>Its segments; number 0 is the file of the closed interval that it was.</summary>
    public ImmutableDictionary<int, SegmentFile> Segments => Volatile.Read(ref _segments);

    /// <summary>The segment whose end the next commit continues; null: it begins a new one.</summary>
    public SegmentFile? Last { get; set; }

    /// <summary>The last commit.</summary>
    public long Commit { get; set; }

    /// <summary>Whether it takes no more puts, durably.</summary>
    public bool IsPromised { get; set; }

    /// <summary>The file of the closed interval that it was; null: it was not closed.</summary>
    public SegmentFile? Base => Segments.GetValueOrDefault(0);

    /// <summary>Up to where the index knows its records.</summary>
    public IndexPosition Position => new(Last?.Number ?? 0, Last?.End ?? 0, Commit, IsPromised);

    /// <summary>A number that no segment of it has had.</summary>
    public int NextSegmentNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Adds a segment.</summary>
    public void Add(SegmentFile segment)
    {
        _lastNumber = Math.Max(_lastNumber, segment.Number);
        Volatile.Write(ref _segments, _segments.SetItem(segment.Number, segment));
    }

    /// <summary>A number that a file has, although it is no segment of it.</summary>
    public void PassOver(int number) => _lastNumber = Math.Max(_lastNumber, number);

    /// <inheritdoc/>
    public override string PathOf(int segment) => Segments.GetValueOrDefault(segment)?.Path ?? $"{interval}, segment {segment}";

    /// <inheritdoc/>
    protected override ILogFile? FileOf(int segment) => Segments.GetValueOrDefault(segment)?.File;

    /// <inheritdoc/>
    protected override ulong SeedOf(int segment) => Segments.GetValueOrDefault(segment)?.Header.Seed ?? 0;

    /// <summary>Closes its files.</summary>
    public void Dispose()
    {
        foreach (var segment in Segments.Values)
        {
            segment.Dispose();
        }
    }
}
