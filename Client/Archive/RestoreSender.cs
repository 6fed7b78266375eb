using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Events;

namespace AllData.Client.Archive;

/// <summary>Sends archived events to the silos, some at once.</summary>
/// <param name="cluster">The cluster.</param>
internal sealed class RestoreSender(ClusterSession cluster)
{
    private const int MostEvents = 1_000;
    private const int MostBytes = 4 << 20;

    private readonly List<StoredRecord> _waiting = [];
    private long _bytes;

    /// <summary>Events that a peer has made durable.</summary>
    public long Sent { get; private set; }

    /// <summary>Takes an event; they come in the order of their keys.</summary>
    public async ValueTask AddAsync(StoredRecord one, CancellationToken cancellation)
    {
        if (_waiting.Count == MostEvents || _bytes + one.Payload.Length > MostBytes)
        {
            await FlushAsync(cancellation);
        }

        _waiting.Add(one);
        _bytes += one.Payload.Length + PackedEvent.Overhead;
    }

    /// <summary>Sends what waits. A call that failed is made again, through another silo.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(Batches(_waiting).Select(batch =>
            cluster.CallAsync(grains => grains.GetRestoring().Restore(batch.Events, batch.Topic), cancellation)));
        Sent += _waiting.Count;
        _waiting.Clear();
        _bytes = 0;
    }

    /// <summary>Batches of one topic each, in which no key comes twice.</summary>
    internal static IEnumerable<(EventBatch Events, Topic? Topic)> Batches(IEnumerable<StoredRecord> records) => records
        .GroupBy(static one => (one.Topic, one.Key))
        .SelectMany(static same => same.Select((one, round) => (Record: one, Round: round)))
        .GroupBy(static one => (one.Record.Topic, one.Round))
        .Select(static batch => (Pack([.. batch.Select(static one => one.Record).OrderBy(static one => one.Key)]), batch.Key.Topic));

    private static EventBatch Pack(List<StoredRecord> records)
    {
        var (bytes, offset) = (new byte[records.Sum(static one => PackedEvent.Overhead + one.Payload.Length)], 0);
        foreach (var one in records)
        {
            offset += PackedEvent.Write(bytes.AsSpan(offset), one.Key, one.Payload);
        }

        return EventBatch.OfRecords(bytes, records.Count, hasKeys: true, store: null);
    }
}
