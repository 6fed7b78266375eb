using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Npgsql;

namespace AllData.Storage;

/// <summary>One transaction of the writer: blocks with different ids, of one interval.</summary>
internal sealed class PostgreSqlTransaction(
    NpgsqlConnection connection, string table, List<Block> blocks, HashSet<BlockId> unresolved, ReplicaStoreDiagnostics diagnostics)
{
    private readonly AppendReply?[] _replies = new AppendReply?[blocks.Count];
    private readonly List<Block> _stored = [];
    private string? _begin;

    /// <summary>The blocks that this transaction has put in.</summary>
    public IReadOnlyList<Block> Stored => _stored;

    /// <summary>The answers, in the order of the blocks; true once the commit is answered.</summary>
    public AppendReply[] Replies => _replies!;

    /// <summary>Begins with the next statement, which saves a round trip.</summary>
    /// <param name="first">Statements that make the tables; null when they are there.</param>
    public void Begin(string? first)
    {
        _begin = "BEGIN";
        if (first is not null)
        {
            Execute("BEGIN;" + first);
            _begin = null;
        }
    }

    /// <summary>Answers the blocks of a closed interval, without a transaction: those that are held, and the others, which come too late.</summary>
    public AppendReply[] AnswerClosed(Interval interval)
    {
        AnswerHeld();
        foreach (var index in Waiting())
        {
            _replies[index] = new AppendReply(
                AppendStatus.IntervalNotOpen, $"Interval {interval} is closed at this peer: it was promised that nothing new comes into it.");
        }

        return Replies;
    }

    /// <summary>Answers the blocks whose ids are held.</summary>
    public void AnswerHeld()
    {
        var waiting = Waiting();
        if (waiting.Count == 0)
        {
            return;
        }

        var byId = waiting.ToDictionary(i => blocks[i].Header.Id);
        var damaged = new List<(long Seq, int Index)>();
        using (var batch = NewBatch())
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT id, seq, digest, bytes FROM {table} WHERE id=ANY($1)")
            {
                Parameters = { PostgreSqlBlockInsert.Ids(byId.Keys) },
            });
            using var reader = batch.ExecuteReader();
            while (reader.Read())
            {
                var index = byId[BlockId.ReadFrom(reader.GetFieldValue<byte[]>(0))];
                _replies[index] = AnswerHeld(blocks[index], reader);
                if (_replies[index] is null)
                {
                    damaged.Add((reader.GetInt64(1), index));
                }
            }
        }

        damaged.ForEach(copy => Mend(copy.Seq, copy.Index));
    }

    /// <summary>Answers the blocks of which a given key is held with other bytes. Those whose ids are held are answered before.</summary>
    public void AnswerConflicts()
    {
        var waiting = Waiting();
        var conflicts = new GivenKeyCheck(new PostgreSqlBlockFinder(connection, table, diagnostics)).Check(waiting.ConvertAll(i => blocks[i]));
        for (var i = 0; i < conflicts.Length; i++)
        {
            if (conflicts[i] is { } conflict)
            {
                _replies[waiting[i]] = new AppendReply(AppendStatus.Conflict, $"Key {conflict.Key} is held with other bytes.", conflict);
            }
        }
    }

    /// <summary>Puts in what has no answer yet, and answers it.</summary>
    public void Insert(PostgreSqlBucketTally tally)
    {
        var waiting = Waiting();
        if (waiting.Count == 0)
        {
            return;
        }

        foreach (var index in InsertRows(waiting))
        {
            _replies[index] = AppendReply.Stored;
            _stored.Add(blocks[index]);
            tally.Add(blocks[index].Header);
        }

        AnswerHeld();
    }

    /// <summary>Writes the buckets and commits. When this returns, everything is flushed.</summary>
    public void Commit(PostgreSqlBucketTally tally, HashSet<long> knownCopysets)
    {
        // From here on the blocks may be there even when the answer does not arrive.
        unresolved.UnionWith(_stored.Select(block => block.Header.Id));
        using var batch = NewBatch();
        tally.AddTo(batch, knownCopysets);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        batch.ExecuteNonQuery();
    }

    /// <summary>Leaves no transaction open behind an error; one would keep the server from tidying up.</summary>
    public void RollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (NpgsqlException)
        {
            // The connection is gone, and the transaction with it. The first error says why.
        }
    }

    private List<int> Waiting() => [.. Enumerable.Range(0, blocks.Count).Where(i => _replies[i] is null)];

    private HashSet<int> InsertRows(List<int> waiting)
    {
        var byId = waiting.ToDictionary(i => blocks[i].Header.Id);
        using var batch = NewBatch();
        batch.BatchCommands.Add(PostgreSqlBlockInsert.Create(table, waiting.ConvertAll(i => blocks[i])));
        using var reader = batch.ExecuteReader();
        var inserted = new HashSet<int>();
        while (reader.Read())
        {
            inserted.Add(byId[BlockId.ReadFrom(reader.GetFieldValue<byte[]>(0))]);
        }

        return inserted;
    }

    // Null: it was this block that was stored, and its bytes have been damaged since: they would not count as a copy when read.
    private AppendReply? AnswerHeld(Block block, NpgsqlDataReader held)
    {
        var id = block.Header.Id;
        if (held.GetFieldValue<byte[]>(3).AsSpan().SequenceEqual(block.Bytes.Bytes))
        {
            return unresolved.Contains(id) ? AppendReply.Stored : AppendReply.AlreadyStored;
        }

        if (EventDigest.ReadFrom(held.GetFieldValue<byte[]>(2)) == block.Header.BlockDigest)
        {
            return null;
        }

        diagnostics.OnIdHeldWithOtherBytes(id);
        return new AppendReply(AppendStatus.Invalid, $"Block {id} is held with other bytes; an id is never used twice.");
    }

    private void Mend(long seq, int index)
    {
        using var mend = new NpgsqlCommand($"UPDATE {table} SET bytes=$2 WHERE seq=$1", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = seq },
                new NpgsqlParameter<byte[]> { TypedValue = blocks[index].Bytes.Bytes },
            },
        };
        mend.ExecuteNonQuery();
        _replies[index] = AppendReply.Stored;
        diagnostics.OnCopyMended(blocks[index].Header.Id);
    }

    private NpgsqlBatch NewBatch()
    {
        var batch = new NpgsqlBatch(connection);
        if (_begin is not null)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_begin));
            _begin = null;
        }

        return batch;
    }

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
