using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>
/// Blocks with different ids, of one interval, that are being written to its table. No other session writes: the next statement may rely on what the
/// one before has found, and only the insert and its buckets need a transaction.
/// </summary>
internal sealed class PostgreSqlBatch(
    NpgsqlConnection connection, string table, List<Delivery> deliveries, HashSet<BlockId> unresolved, ReplicaStoreDiagnostics diagnostics)
{
    private readonly List<Block> _blocks = deliveries.ConvertAll(delivery => delivery.Block);
    private readonly AppendReply?[] _replies = new AppendReply?[deliveries.Count];
    private readonly List<Block> _stored = [];
    private readonly HashSet<BlockId> _askedForBefore = [.. unresolved];

    /// <summary>The blocks that were put in.</summary>
    public IReadOnlyList<Block> Stored => _stored;

    /// <summary>The answers, in the order of the blocks.</summary>
    public AppendReply[] Replies => _replies!;

    /// <summary>Whether some block has no answer yet.</summary>
    public bool IsWaiting => Array.IndexOf(_replies, null) >= 0;

    /// <summary>Answers the blocks for a closed interval: those that are held already, and puts, which come too late.</summary>
    public void AnswerClosed(Interval interval)
    {
        AnswerHeld();
        foreach (var index in Waiting().Where(i => !deliveries[i].IsRepair))
        {
            _replies[index] = new AppendReply(
                AppendStatus.IntervalNotOpen, $"Interval {interval} is closed at this peer: it was promised that nothing new comes into it.");
        }
    }

    /// <summary>Answers the blocks whose ids are held.</summary>
    public void AnswerHeld()
    {
        var waiting = Waiting();
        if (waiting.Count == 0)
        {
            return;
        }

        // A block that is known to be damaged is not read again: that may fail.
        var damaged = waiting.FindAll(i => deliveries[i].IsRepair && diagnostics.Known.Contains(_blocks[i].Header.Id));
        damaged.ForEach(Mend);
        damaged.Clear();
        var byId = Waiting().ToDictionary(i => _blocks[i].Header.Id);
        using (var command = new NpgsqlCommand($"SELECT id, digest, bytes FROM {table} WHERE id=ANY($1)", connection)
        {
            Parameters = { PostgreSqlBlockInsert.Ids(byId.Keys) },
        })
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var index = byId[BlockId.ReadFrom(reader.GetFieldValue<byte[]>(0))];
                _replies[index] = AnswerHeld(_blocks[index], reader);
                if (_replies[index] is null)
                {
                    damaged.Add(index);
                }
            }
        }

        damaged.ForEach(Mend);
    }

    /// <summary>Answers the blocks of which a given key is held with other bytes. Those whose ids are held are answered before.</summary>
    public void AnswerConflicts()
    {
        // Blocks from repair are held elsewhere: both copies of a conflict are kept.
        var waiting = Waiting().FindAll(i => !deliveries[i].IsRepair);
        var finder = new PostgreSqlBlockFinder(connection, table, diagnostics, holdsLock: true);
        var conflicts = new SuppliedKeyCheck(finder).Check(waiting.ConvertAll(i => _blocks[i]));
        for (var i = 0; i < conflicts.Length; i++)
        {
            if (conflicts[i] is { } conflict)
            {
                _replies[waiting[i]] = new AppendReply(AppendStatus.Conflict, $"Key {conflict.Key} is held with other bytes.", conflict);
            }
        }
    }

    /// <summary>Inserts the blocks without an answer, and answers them. When this returns, everything is flushed.</summary>
    public void Insert(PostgreSqlSchema schema)
    {
        var waiting = Waiting();
        if (waiting.Count == 0)
        {
            return;
        }

        // From here on the blocks may be there even when no answer arrives.
        unresolved.UnionWith(waiting.Select(i => _blocks[i].Header.Id));
        foreach (var index in InsertRows(waiting, schema))
        {
            _replies[index] = AppendReply.Stored;
            _stored.Add(_blocks[index]);
        }

        AnswerHeld();
    }

    private List<int> Waiting() => [.. Enumerable.Range(0, deliveries.Count).Where(i => _replies[i] is null)];

    private List<int> InsertRows(List<int> waiting, PostgreSqlSchema schema)
    {
        // Usually blocks are new: the more expensive way is taken only after a lost answer, or when the server reports an existing id.
        if (_askedForBefore.Count == 0)
        {
            try
            {
                return InsertRows(waiting, schema, mayBeThere: false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // None of it was stored. Now each block is handled by itself.
            }
        }

        return InsertRows(waiting, schema, mayBeThere: true);
    }

    private List<int> InsertRows(List<int> waiting, PostgreSqlSchema schema, bool mayBeThere)
    {
        var byId = waiting.ToDictionary(i => _blocks[i].Header.Id);
        using var command = PostgreSqlBlockInsert.Create(connection, schema, table, waiting.ConvertAll(i => _blocks[i]), mayBeThere);
        using var reader = command.ExecuteReader();
        var inserted = new List<int>(waiting.Count);
        while (reader.Read())
        {
            inserted.Add(byId[BlockId.ReadFrom(reader.GetFieldValue<byte[]>(0))]);
        }

        // The rows come before the commit. Only the end of the answer says that it is flushed; without it this throws.
        reader.Close();
        return inserted;
    }

    // Null: it was this block that was stored, and its bytes have been damaged since: they would not count as a copy when read.
    private AppendReply? AnswerHeld(Block block, NpgsqlDataReader held)
    {
        var id = block.Header.Id;
        if (held.GetFieldValue<byte[]>(2).AsSpan().SequenceEqual(block.Bytes.Bytes))
        {
            return _askedForBefore.Contains(id) ? AppendReply.Stored : AppendReply.AlreadyStored;
        }

        if (EventDigest.ReadFrom(held.GetFieldValue<byte[]>(1)) == block.Header.BlockDigest)
        {
            return null;
        }

        diagnostics.OnIdHeldWithOtherBytes(id);
        return new AppendReply(AppendStatus.Invalid, $"Block {id} is held with other bytes; an id is never used twice.");
    }

    // Only if it is there, and was this block: otherwise it has no answer yet.
    private void Mend(int index)
    {
        using var mend = PostgreSqlBlockInsert.Mend(connection, table, _blocks[index]);
        if (mend.ExecuteNonQuery() > 0)
        {
            _replies[index] = AppendReply.Stored;
            diagnostics.OnCopyMended(_blocks[index].Header.Id);
        }
    }
}
