using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Recounts buckets from their blocks, within a transaction of the writer. For one thread.</summary>
internal sealed class BucketRecount(SqliteDatabase database) : IDisposable
{
    private readonly SqliteStatement _blocks = database.Prepare(
        "SELECT copyset, bytes, seq FROM blocks WHERE width=?1 AND first_key>=?2 AND first_key<?3");

    private readonly SqliteStatement _copysets = database.Prepare("SELECT copyset FROM buckets WHERE minute=?1");
    private readonly SqliteStatement _delete = database.Prepare("DELETE FROM buckets WHERE copyset=?1 AND minute=?2");
    private readonly SqliteStatement _write = database.Prepare(
        "INSERT OR REPLACE INTO buckets(copyset, minute, blocks, events, digest_sum) VALUES(?1, ?2, ?3, ?4, ?5)");

    private readonly BlockIndexes _indexes = new(database);
    private readonly Dictionary<CopysetId, ContentSum> _sums = [];
    private readonly List<(BlockHeader Header, long Number)> _listed = [];
    private readonly HashSet<CopysetId> _unknown = [];

    /// <summary>
    /// Rewrites the buckets of a minute, and where else its blocks are listed; a bucket with a damaged block stays, because that block's content is not known.
    /// </summary>
    public void Run(UnixMinute minute)
    {
        Count(minute);
        foreach (var copyset in ReadCopysets(minute).Where(copyset => !_sums.ContainsKey(copyset) && !_unknown.Contains(copyset)))
        {
            _delete.Bind(1, copyset.Value);
            _delete.Bind(2, minute.Value);
            _delete.Run();
        }

        foreach (var (copyset, sum) in _sums.Where(sum => !_unknown.Contains(sum.Key)))
        {
            Write(copyset, minute, sum);
        }

        _indexes.Forget(minute, _listed.ConvertAll(static block => block.Number));
        _listed.ForEach(block => _indexes.Add(block.Header, block.Number));
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _blocks, _copysets, _delete, _write })
        {
            statement.Dispose();
        }

        _indexes.Dispose();
    }

    private void Count(UnixMinute minute)
    {
        _sums.Clear();
        _unknown.Clear();
        _listed.Clear();
        _blocks.Bind(2, minute.GetFirstKey());
        _blocks.Bind(3, minute.GetEndKey());
        for (var width = 0; width < KeySpan.Classes; width++)
        {
            _blocks.Bind(1, width);
            while (_blocks.Step())
            {
                Count(new CopysetId(_blocks.GetInt64(0)), _blocks.GetBytes(1), _blocks.GetInt64(2));
            }

            _blocks.Reset();
        }
    }

    private void Count(CopysetId copyset, ReadOnlySpan<byte> bytes, long number)
    {
        try
        {
            var header = BlockCodec.DecodeHeader(bytes);
            var id = header.BucketId;
            _sums[id] = _sums.GetValueOrDefault(id) + ContentSum.Of(header);
            if (BlockIndexes.Concern(header))
            {
                _listed.Add((header, number));
            }

            if (id != copyset)
            {
                // Its column is damaged, and a check counts it there.
                _unknown.UnionWith([id, copyset]);
            }
        }
        catch (BlockFormatException)
        {
            _unknown.Add(copyset);
        }
    }

    private List<CopysetId> ReadCopysets(UnixMinute minute)
    {
        var copysets = new List<CopysetId>();
        _copysets.Bind(1, minute.Value);
        while (_copysets.Step())
        {
            copysets.Add(new CopysetId(_copysets.GetInt64(0)));
        }

        _copysets.Reset();
        return copysets;
    }

    private void Write(CopysetId copyset, UnixMinute minute, ContentSum sum)
    {
        Span<byte> digestSum = stackalloc byte[EventDigest.BinaryLength];
        sum.DigestSum.WriteTo(digestSum);
        _write.Bind(1, copyset.Value);
        _write.Bind(2, minute.Value);
        _write.Bind(3, sum.Blocks);
        _write.Bind(4, sum.Events);
        _write.Bind(5, digestSum);
        _write.Run();
    }
}
