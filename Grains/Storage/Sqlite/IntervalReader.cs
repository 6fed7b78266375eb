using AllData.Events;
using AllData.Protocol;

namespace AllData.Storage;

/// <summary>A place in the walk over an interval's blocks: after the block with these keys and this number.</summary>
/// <param name="First">First key, as text; empty before the first block.</param>
/// <param name="Last">Last key, as text.</param>
/// <param name="Seq">Number in the file.</param>
internal readonly record struct BlockPosition(string First, string Last, long Seq)
{
    /// <summary>Before the first block.</summary>
    public static BlockPosition Start { get; } = new("", "", 0);
}

/// <summary>Some blocks of a walk.</summary>
/// <param name="Blocks">The intact ones.</param>
/// <param name="Next">Where to go on; null at the end.</param>
internal sealed record BlockPage(List<Block> Blocks, BlockPosition? Next);

/// <summary>Reads from the file of one interval. Used by one reader's thread alone.</summary>
internal sealed class IntervalReader : IDisposable
{
    // A page ends at whichever comes first; the bytes may be exceeded by one block.
    private const int MaxBlocksPerPage = 256;
    private const int MaxBytesPerPage = 4 << 20;

    /// <summary>
    /// The places after a given one. The index is sorted within each class of width; SQLite merges the classes as it goes.
    /// </summary>
    internal static readonly string WalkSql = string.Join(
        " UNION ALL ",
        Enumerable.Range(0, KeySpan.Classes).Select(width =>
            $"SELECT first_key, last_key, seq FROM blocks WHERE width={width} AND (first_key, last_key, seq)>(?1, ?2, ?3)"))
        + " ORDER BY 1, 2, 3 LIMIT ?4";

    private readonly SqliteDatabase _database;
    private readonly BlockFinder _finder;
    private readonly SqliteStatement _walk;

    /// <summary>Takes over a connection that was opened for reading.</summary>
    public IntervalReader(SqliteDatabase database, string path, ReplicaStoreDiagnostics diagnostics)
    {
        _database = database;
        _finder = new BlockFinder(database, path, diagnostics);
        _walk = database.Prepare(WalkSql);
    }

    /// <summary>The distinct payloads under a key.</summary>
    public List<EventPayload> Read(EventKey key)
    {
        var found = _finder.Find(key, static e => EventPayload.FromBytes(e.Payload.ToArray()));
        _finder.Forget();
        return found;
    }

    /// <summary>The distinct digests under a key. Blocks stay in memory for the next key until <see cref="Forget"/>.</summary>
    public List<EventDigest> LookUp(EventKey key) => _finder.Find(key, static e => e.Digest);

    /// <summary>Lets go of the blocks that were read.</summary>
    public void Forget() => _finder.Forget();

    /// <summary>The next blocks of a walk by first key.</summary>
    public BlockPage ReadPage(BlockPosition position)
    {
        var places = FindPlaces(position);
        var blocks = new List<Block>();
        var bytes = 0L;
        foreach (var place in places)
        {
            if (_finder.Read(place.Seq) is { } block)
            {
                blocks.Add(block);
                bytes += block.Bytes.Bytes.Length;
            }

            if (bytes >= MaxBytesPerPage)
            {
                return new BlockPage(blocks, place);
            }
        }

        return new BlockPage(blocks, places.Count == MaxBlocksPerPage ? places[^1] : null);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _finder.Dispose();
        _walk.Dispose();
        _database.Dispose();
    }

    private List<BlockPosition> FindPlaces(BlockPosition position)
    {
        var places = new List<BlockPosition>();
        _walk.Bind(1, position.First);
        _walk.Bind(2, position.Last);
        _walk.Bind(3, position.Seq);
        _walk.Bind(4, MaxBlocksPerPage);
        while (_walk.Step())
        {
            places.Add(new BlockPosition(_walk.GetText(0), _walk.GetText(1), _walk.GetInt64(2)));
        }

        _walk.Reset();
        return places;
    }
}
