using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Reads from the file of one interval. Used by one reader's thread alone.</summary>
internal sealed class IntervalReader : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly string _path;
    private readonly Action<string> _onFinding;
    private readonly BlockFinder _finder;
    private readonly BlockWalk _walk;
    private readonly MinuteScrub _scrub;
    private readonly BlockLister _lister;
    private readonly SqliteStatement _buckets;
    private readonly LateIndex _late;
    private SqliteStatement? _topicBuckets;

    /// <summary>Takes over a connection that was opened for reading.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="path">The file's path, for messages.</param>
    /// <param name="diagnostics">Counts damage.</param>
    /// <param name="onFinding">Called for rows that cannot be read and that no reading of blocks would name.</param>
    public IntervalReader(SqliteDatabase database, string path, ReplicaStoreDiagnostics diagnostics, Action<string> onFinding)
    {
        _onFinding = onFinding;
        _database = database;
        _path = path;
        _finder = new BlockFinder(database, path, diagnostics);
        _walk = new BlockWalk(database, path, diagnostics);
        _scrub = new MinuteScrub(database, path, diagnostics);
        _lister = new BlockLister(database, path, diagnostics);
        _late = new LateIndex(database);
        _buckets = database.Prepare(
            "SELECT copyset, minute, blocks, events, digest_sum FROM buckets WHERE minute>=?1 AND minute<?2 ORDER BY minute, copyset");
    }

    /// <summary>The distinct payloads under a key.</summary>
    /// <exception cref="ReplicaStoreException">There are none, and a damaged block may hold it.</exception>
    public List<EventPayload> Read(EventKey key)
    {
        var found = Find(key, static (_, e) => EventPayload.FromBytes(e.Payload.ToArray()));
        _finder.Forget();
        return found;
    }

    /// <summary>The distinct digests under a key. Blocks stay in memory for the next key until <see cref="Forget"/>.</summary>
    /// <exception cref="ReplicaStoreException">There are none, and a damaged block may hold it.</exception>
    public List<(EventDigest Digest, CopysetDefinition Copyset)> LookUp(EventKey key) => Find(key, HeldCopyset.Select);

    /// <summary>Looks whether the file as a whole is sound: its pages, its indexes, and that nothing lies outside of what is walked.</summary>
    /// <param name="thoroughly">Whether each index is compared with its table, which reads the file several times.</param>
    /// <param name="tally">Receives what is wrong.</param>
    public void CheckFile(bool thoroughly, ScrubTally tally) => IntervalCheck.Run(_database, _path, thoroughly, tally);

    /// <summary>Checks whole minutes, from a given one on until enough bytes are read; the next one, or null if there is none.</summary>
    public UnixMinute? Scrub(UnixMinute fromMinute, long maxBytes, ScrubTally tally)
    {
        var next = _scrub.NextMinute(fromMinute);
        while (next is { } minute)
        {
            _scrub.Check(minute, tally);
            next = _scrub.NextMinute(minute.Next());
            if (tally.Bytes >= maxBytes)
            {
                break;
            }
        }

        return next;
    }

    /// <summary>Releases the blocks that were read.</summary>
    public void Forget() => _finder.Forget();

    /// <summary>Adds the next blocks of a range to a page; where to go on, or null when this file has no more.</summary>
    public BlockPosition? ReadPage(Interval interval, BlockRange range, BlockPageBuilder page) => _walk.Read(interval, range, page);

    /// <summary>Names the next blocks of a minute.</summary>
    public BlockList List(BlockListRange range) => _lister.List(range);

    /// <summary>Adds a block to a page, if it is held and intact; false when the page is full without it.</summary>
    public bool Fetch(ReadOnlySpan<byte> id, BlockPageBuilder page) => _lister.Fetch(id, page);

    /// <summary>The copysets of the buckets of some minutes; one whose row cannot be read is reported and left out.</summary>
    public List<CopysetDefinition> ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute)
    {
        using var rows = _database.Prepare(
            "SELECT id, members FROM copysets WHERE id IN (SELECT copyset FROM buckets WHERE minute>=?1 AND minute<?2)");
        rows.Bind(1, fromMinute.Value);
        rows.Bind(2, toMinute.Value);
        return ReadCopysets(rows, id => _onFinding(CopysetText.Fault(_path, id)));
    }

    /// <summary>Looks whether every copyset can be read.</summary>
    public void CheckCopysets(ScrubTally tally)
    {
        using var rows = _database.Prepare("SELECT id, members FROM copysets");
        ReadCopysets(rows, id => tally.OnUnreadableCopyset(id, CopysetText.Fault(_path, id)));
    }

    /// <summary>Adds the buckets of whole minutes; the first minute left out when there were too many, or null.</summary>
    public UnixMinute? ReadBuckets(BucketRange range, ImmutableArray<BucketSum>.Builder buckets)
    {
        if (StatementOf(range) is not { } rows)
        {
            return null;
        }

        UnixMinute? coveredTo = null;
        while (coveredTo is null && rows.Step())
        {
            var bucket = ReadBucket(rows);
            var isNewMinute = buckets.Count > 0 && buckets[^1].UnixMinute != bucket.UnixMinute;
            if (isNewMinute && buckets.Count >= range.MaxBuckets)
            {
                coveredTo = bucket.UnixMinute;
            }
            else
            {
                buckets.Add(bucket);
            }
        }

        rows.Reset();
        return coveredTo;
    }

    /// <summary>Adds the blocks of late events of a range, by arrival.</summary>
    public void ListLate(LateRange range, List<LateBlock> blocks) => _late.List(range, blocks);

    public ContentSum SumBuckets()
    {
        _buckets.Bind(1, 0);
        _buckets.Bind(2, long.MaxValue);
        var sum = default(ContentSum);
        while (_buckets.Step())
        {
            sum += ContentSum.Of(ReadBucket(_buckets));
        }

        _buckets.Reset();
        return sum;
    }

    public void Dispose()
    {
        _finder.Dispose();
        _walk.Dispose();
        _scrub.Dispose();
        _lister.Dispose();
        _buckets.Dispose();
        _topicBuckets?.Dispose();
        _late.Dispose();
        _database.Dispose();
    }

    private List<T> Find<T>(EventKey key, EventSelector<T> select)
    {
        var found = _finder.Find(key, select);

        // "Not held" would be believed, and cause a conflict or a second copy.
        return found.Count == 0 && _finder.Damage is { } damage
            ? throw new ReplicaStoreException($"Key {key} is not found, and {damage}: it may hold it. Other peers hold it too.")
            : found;
    }

    private static List<CopysetDefinition> ReadCopysets(SqliteStatement rows, Action<CopysetId> onUnreadable)
    {
        var copysets = new List<CopysetDefinition>();
        while (rows.Step())
        {
            var id = new CopysetId(rows.GetInt64(0));
            if (CopysetText.TryParse(id, rows.GetText(1)) is { } copyset)
            {
                copysets.Add(copyset);
            }
            else
            {
                onUnreadable(id);
            }
        }

        return copysets;
    }

    // Null: the file has nothing of the topic.
    private SqliteStatement? StatementOf(BucketRange range)
    {
        if (range.Topic is not { } topic)
        {
            _buckets.Bind(1, range.FromMinute.Value);
            _buckets.Bind(2, range.ToMinute.Value);
            return _buckets;
        }

        if (_topicBuckets is null && !TopicIndex.IsIn(_database))
        {
            return null;
        }

        _topicBuckets ??= _database.Prepare("""
            SELECT b.copyset, b.minute, b.blocks, b.events, b.digest_sum
            FROM (SELECT DISTINCT minute, copyset FROM topics WHERE topic=?3 AND first_key>=?1 AND first_key<?2) t
            CROSS JOIN buckets b ON b.minute=t.minute AND b.copyset=t.copyset ORDER BY b.minute, b.copyset
            """);
        _topicBuckets.Bind(1, range.FromMinute.GetFirstKey());
        _topicBuckets.Bind(2, range.ToMinute.GetFirstKey());
        _topicBuckets.Bind(3, topic.Value);
        return _topicBuckets;
    }

    private BucketSum ReadBucket(SqliteStatement row)
    {
        var (copyset, minute) = (new CopysetId(row.GetInt64(0)), new UnixMinute(row.GetInt64(1)));
        var sum = default(EventDigest);
        if (row.GetBytes(4) is { Length: EventDigest.BinaryLength } digest)
        {
            sum = EventDigest.ReadFrom(digest);
        }
        else
        {
            // The sum differs from the other peers': a peer that compares reads the blocks.
            _onFinding($"{_path}: the digest sum of copyset {copyset} in minute {minute} cannot be read; repair recounts it.");
        }

        return new BucketSum(copyset, minute, row.GetInt64(2), row.GetInt64(3), sum);
    }
}
