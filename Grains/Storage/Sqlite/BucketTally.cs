using System.Runtime.InteropServices;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Sqlite;

/// <summary>
/// Adds up what a transaction brings to each bucket (copyset and minute) and writes each bucket that was touched once.
/// </summary>
internal sealed class BucketTally(SqliteDatabase database) : IDisposable
{
    private readonly SqliteStatement _select = database.Prepare("SELECT digest_sum FROM buckets WHERE copyset=?1 AND minute=?2");

    private readonly SqliteStatement _upsert = database.Prepare("""
        INSERT INTO buckets(copyset, minute, blocks, events, digest_sum) VALUES(?1, ?2, ?3, ?4, ?5)
        ON CONFLICT(copyset, minute) DO UPDATE SET blocks=blocks+?3, events=events+?4, digest_sum=?5
        """);

    private readonly Dictionary<(CopysetId Copyset, UnixMinute Minute), ContentSum> _sums = [];

    /// <summary>Blocks counted since <see cref="Clear"/>.</summary>
    public long Blocks { get; private set; }

    /// <summary>Events counted since <see cref="Clear"/>.</summary>
    public long Events { get; private set; }

    /// <summary>Minutes of the buckets that were counted in; one comes once for each copyset.</summary>
    public IEnumerable<UnixMinute> Minutes => _sums.Keys.Select(static bucket => bucket.Minute);

    /// <summary>Counts a block that is stored.</summary>
    public void Add(BlockHeader header)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, (header.BucketId, header.UnixMinute), out _);
        sum += ContentSum.Of(header);
        Blocks++;
        Events += header.EventCount;
    }

    /// <summary>Writes the buckets, within the transaction of the blocks: they agree with them whatever happens.</summary>
    public void Write()
    {
        Span<byte> digestSum = stackalloc byte[EventDigest.BinaryLength];
        foreach (var ((copyset, minute), sum) in _sums)
        {
            (sum.DigestSum + ReadDigestSum(copyset, minute)).WriteTo(digestSum);
            _upsert.Bind(1, copyset.Value);
            _upsert.Bind(2, minute.Value);
            _upsert.Bind(3, sum.Blocks);
            _upsert.Bind(4, sum.Events);
            _upsert.Bind(5, digestSum);
            _upsert.Run();
        }
    }

    /// <summary>Starts again.</summary>
    public void Clear()
    {
        _sums.Clear();
        Blocks = 0;
        Events = 0;
    }

    public void Dispose()
    {
        _select.Dispose();
        _upsert.Dispose();
    }

    private EventDigest ReadDigestSum(CopysetId copyset, UnixMinute minute)
    {
        _select.Bind(1, copyset.Value);
        _select.Bind(2, minute.Value);

        // One that is damaged is found when the bucket is checked, and recounted.
        var sum = _select.Step() && _select.GetBytes(0) is { Length: EventDigest.BinaryLength } digest ? EventDigest.ReadFrom(digest) : default;
        _select.Reset();
        return sum;
    }
}
