using AllData.Protocol.Blocks;

namespace AllData.Storage.Sqlite;

/// <summary>Fills a fresh interval file with salvaged blocks, in transactions of a bounded size.</summary>
internal sealed class SalvageWriter : IDisposable
{
    private const int BlocksPerTransaction = 1024;

    private readonly SqliteDatabase _database;
    private readonly BlockInsert _insert;
    private readonly BucketTally _tally;
    private ContentSum _sum;

    /// <summary>Takes over a fresh file.</summary>
    public SalvageWriter(SqliteDatabase database)
    {
        _database = database;
        _insert = new BlockInsert(database);
        _tally = new BucketTally(database);
        _database.Execute("BEGIN IMMEDIATE");
    }

    /// <summary>Adds a block, unless it is there already.</summary>
    public void Add(Block block)
    {
        if (!_insert.TryRun(block))
        {
            return;
        }

        _tally.Add(block.Header);
        _sum += ContentSum.Of(block.Header);
        if (_tally.Blocks == BlocksPerTransaction)
        {
            Commit();
            _database.Execute("BEGIN IMMEDIATE");
        }
    }

    /// <summary>Makes all of it durable; returns what was salvaged.</summary>
    /// <param name="closed">Whether the file takes no more puts.</param>
    public ContentSum Complete(bool closed)
    {
        Commit();
        if (closed)
        {
            IntervalMeta.PromiseClosed(_database);
        }

        return _sum;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _tally.Dispose();
    }

    private void Commit()
    {
        _tally.Write();
        _tally.Clear();
        _database.Execute("COMMIT");
    }
}
