using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Finds keys in the blocks of one interval file, over the index of key spans (<see cref="KeySpan"/>).</summary>
internal sealed class BlockFinder(SqliteDatabase database, string path, ReplicaStoreDiagnostics diagnostics) : IDisposable
{
    /// <summary>The blocks of a class of width that reach a range of keys.</summary>
    internal const string ProbeSql = "SELECT seq FROM blocks WHERE width=?1 AND first_key>=?2 AND first_key<=?3 AND last_key>=?4";

    // Keys that are looked up together lie close together, mostly in the same few blocks.
    private const int MaxRecentBlocks = 8;

    private readonly SqliteStatement _probe = database.Prepare(ProbeSql);
    private readonly SqliteStatement _read = database.Prepare("SELECT bytes FROM blocks WHERE seq=?1");
    private readonly Queue<(long Seq, Block? Block)> _recent = new();
    private readonly List<long> _candidates = [];
    private readonly List<EventDigest> _digests = [];

    /// <summary>
    /// Of the last search: a sentence about a damaged block that may hold the key, so that finding nothing does not mean that nothing is held.
    /// </summary>
    public string? Damage { get; private set; }

    /// <summary>Whether any block's key span meets the given one.</summary>
    public bool AnyWithin(EventKey first, EventKey last)
    {
        Probe(first, last, stopAtFirst: true);
        return _candidates.Count > 0;
    }

    /// <summary>The events under a key, each distinct payload once.</summary>
    public List<T> Find<T>(EventKey key, EventSelector<T> select)
    {
        var found = new List<T>();
        _digests.Clear();
        Damage = null;
        Probe(key, key, stopAtFirst: false);
        foreach (var seq in _candidates)
        {
            if (Recall(seq) is { } block)
            {
                SearchIntact(seq, block, key, select, found);
            }
            else
            {
                Damage = $"{path}, block {seq} is damaged";
            }
        }

        return found;
    }

    /// <summary>Reads a block and checks it; null if it is damaged, which is counted and logged.</summary>
    public Block? Read(long seq)
    {
        _read.Bind(1, seq);
        try
        {
            return _read.Step() ? BlockCodec.Decode(_read.GetBytes(0).ToArray()) : null;
        }
        catch (BlockFormatException e)
        {
            diagnostics.OnDamagedBlock($"{path}, block {seq}", e.Message, StoredBlock.EntryOf(database, seq));
            return null;
        }
        finally
        {
            _read.Reset();
        }
    }

    /// <summary>Releases the blocks that were read.</summary>
    public void Forget() => _recent.Clear();

    public void Dispose()
    {
        _probe.Dispose();
        _read.Dispose();
    }

    private void Probe(EventKey first, EventKey last, bool stopAtFirst)
    {
        _candidates.Clear();
        _probe.Bind(3, last);
        _probe.Bind(4, first);
        for (var width = 0; width < KeySpan.Classes; width++)
        {
            _probe.Bind(1, width);
            _probe.Bind(2, KeySpan.LowestFirstKey(first, width));
            while (_probe.Step())
            {
                _candidates.Add(_probe.GetInt64(0));
                if (stopAtFirst)
                {
                    break;
                }
            }

            _probe.Reset();
        }
    }

    private Block? Recall(long seq)
    {
        foreach (var recent in _recent)
        {
            if (recent.Seq == seq)
            {
                return recent.Block;
            }
        }

        if (_recent.Count == MaxRecentBlocks)
        {
            _recent.Dequeue();
        }

        var block = Read(seq);
        _recent.Enqueue((seq, block));
        return block;
    }

    private void SearchIntact<T>(long seq, Block block, EventKey key, EventSelector<T> select, List<T> found)
    {
        try
        {
            Search(block, key, select, found);
        }
        catch (FormatException e)
        {
            // The digest is right but the records are not: the block was formed wrongly.
            Damage = $"{path}, block {seq}: {e.Message}";
            diagnostics.OnDamagedBlock($"{path}, block {seq}", e.Message, StoredBlock.EntryOf(database, seq));
        }
    }

    private void Search<T>(Block block, EventKey key, EventSelector<T> select, List<T> found)
    {
        var reader = block.GetReader();
        while (reader.MoveNext() && reader.Current.Key <= key)
        {
            // An event that was put twice by a retry lies in two blocks and is given once.
            if (reader.Current.Key == key && !_digests.Contains(reader.Current.Digest))
            {
                _digests.Add(reader.Current.Digest);
                found.Add(select(block, reader.Current));
            }
        }
    }
}
