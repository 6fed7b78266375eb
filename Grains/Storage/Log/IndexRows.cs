using AllData.Events;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>Says that a bucket is of a topic.</summary>
internal readonly record struct TopicRow(Topic Topic, UnixMinute Minute, CopysetId Bucket) : IComparable<TopicRow>
{
    /// <inheritdoc/>
    public int CompareTo(TopicRow other) =>
        Topic.CompareTo(other.Topic) is not 0 and var topic ? topic : Minute != other.Minute ? Minute.CompareTo(other.Minute) : Bucket.CompareTo(other.Bucket);
}

/// <summary>A block of late events.</summary>
internal readonly record struct LateRow(EventKey Arrival, int Number, EventKey LastArrival, EventKey First, EventKey Last, int Events) : IComparable<LateRow>
{
    /// <inheritdoc/>
    public int CompareTo(LateRow other) => Arrival.CompareTo(other.Arrival) is not 0 and var arrival ? arrival : Number.CompareTo(other.Number);
}

/// <summary>The text that is kept of a copyset.</summary>
internal readonly record struct CopysetRow(CopysetId Id, string Members);

/// <summary>Rows of an index, of one moment: all of them, or those that have changed since an earlier one.</summary>
internal sealed class IndexRows
{
    /// <summary>The numbers whose entries belong to it, ascending.</summary>
    public required IReadOnlyList<int> Numbers { get; init; }

    /// <summary>Buckets; one without blocks, events and sum is gone.</summary>
    public required List<BucketSum> Buckets { get; init; }

    /// <summary>Copysets.</summary>
    public required List<CopysetRow> Copysets { get; init; }

    /// <summary>Which buckets are of a topic.</summary>
    public required List<TopicRow> Topics { get; init; }

    /// <summary>Blocks of late events.</summary>
    public required List<LateRow> Late { get; init; }
}
