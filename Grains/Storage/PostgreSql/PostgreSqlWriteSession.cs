using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>
/// A connection that holds the lock on the schema and writes blocks. Used by the writer's thread alone; given up whole when the connection
/// fails.
/// </summary>
internal sealed class PostgreSqlWriteSession : IDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly PostgreSqlSchema _schema;
    private readonly PostgreSqlIntervals _intervals;
    private readonly HeldIntervals _held;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly ChangeJournal _journal;

    // Whether the schema has these tables, as far as this session knows.
    private bool _hasTopics;
    private bool _hasLate;

    // The number of copies that is written with each.
    private readonly Dictionary<CopysetId, int> _copysets = [];

    private const int MostKnownCopysets = 65_536;

    /// <summary>Takes over a connection that holds the lock on a schema that was prepared.</summary>
    public PostgreSqlWriteSession(
        NpgsqlConnection connection, PostgreSqlSchema schema, PostgreSqlIntervals intervals, HeldIntervals held, ReplicaStoreDiagnostics diagnostics,
        ChangeJournal journal)
    {
        _connection = connection;
        _schema = schema;
        _intervals = intervals;
        _held = held;
        _diagnostics = diagnostics;
        _journal = journal;
    }

    /// <summary>
    /// Reads what is held. After an interruption another process may have written, and this process's last commit may have arrived.
    /// </summary>
    public void LoadHeld()
    {
        // Not the sums of all buckets: each start would read years of closed intervals.
        var intervals = _intervals.Describe();
        var counted = _intervals.ReadCounted();
        using var command = new NpgsqlCommand($"SELECT pg_total_relation_size('{_schema.Table("buckets")}')", _connection);
        _held.Replace(
            intervals.ToImmutableSortedDictionary(held => held.Interval, held => new HeldInterval(held.State, held.Damage)
            {
                IsCounted = counted.Contains(held.Interval),

                // A block of repair may have arrived whose answer was lost.
                Restorations = _held.Intervals.GetValueOrDefault(held.Interval).Restorations + 1,
            }),
            intervals.Sum(held => held.Blocks),
            intervals.Sum(held => held.Events),
            intervals.Sum(held => held.Bytes) + (long)command.ExecuteScalar()!);
    }

    /// <summary>Writes blocks in one transaction; they are flushed when this returns.</summary>
    /// <param name="interval">Their interval.</param>
    /// <param name="deliveries">The blocks.</param>
    /// <param name="unresolved">
    /// Receives the ids of a commit before it is sent. Ids that are already in it were sent when an answer was lost: a block found now counts as
    /// stored by this call.
    /// </param>
    /// <param name="closed">Whether the interval is promised closed: then only what repair brings is written.</param>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries, HashSet<BlockId> unresolved, bool closed)
    {
        var replies = new AppendReply?[deliveries.Count];
        while (Array.IndexOf(replies, null) >= 0)
        {
            // An id that comes twice: the result of the second depends on the first.
            var seen = new HashSet<BlockId>();
            var round = Enumerable.Range(0, replies.Length).Where(i => replies[i] is null && seen.Add(deliveries[i].Block.Header.Id)).ToList();
            var answers = CommitDistinct(interval, round.ConvertAll(i => deliveries[i]), unresolved, closed);
            for (var i = 0; i < round.Count; i++)
            {
                replies[round[i]] = answers[i];
            }

            RepeatAnswers(deliveries, replies);
        }

        return replies!;
    }

    /// <summary>Promises that nothing new comes into an interval.</summary>
    public void Promise(Interval interval, DateTimeOffset now) => _intervals.Promise(interval, now);

    /// <summary>Notes the count of a closed interval; returns what is held of it.</summary>
    public StoredInterval NoteCount(Interval interval, IntervalCount count)
    {
        _intervals.NoteCount(interval, count);
        _held.NoteCounted(interval, true);
        return _intervals.Describe(interval);
    }

    /// <summary>Notes that an interval is damaged; returns what is held of it.</summary>
    public StoredInterval NoteDamage(Interval interval, string damage)
    {
        _intervals.NoteDamage(interval, damage);
        return _intervals.Describe(interval);
    }

    /// <summary>Recounts the buckets of some minutes of an interval.</summary>
    public void Recount(Interval interval, IReadOnlySet<UnixMinute> minutes)
    {
        NoteUncounted(interval);
        _intervals.Recount(interval, minutes);
        _held.Restore(interval);
        _journal.Note(minutes);
    }

    /// <summary>
    /// Takes rows out that no coordinator can have formed, and rewrites copysets whose members cannot be read. The bytes are kept aside.
    /// </summary>
    public void Replace(Interval interval, ScrubTally found)
    {
        var removal = new PostgreSqlRowRemoval(_connection, _schema);
        var minutes = removal.Remove(interval, found.Impossible);
        Recount(interval, minutes);
        RestoreCopysets(found.UnreadableCopysets);
        LoadHeld();
        _diagnostics.OnRowsRemoved(_schema.TableOf(interval), found.Impossible.Count, "its table 'refused'");
    }

    /// <summary>Rewrites copysets whose members cannot be read, as far as their blocks show the members.</summary>
    public void RestoreCopysets(IReadOnlyCollection<CopysetId> copysets)
    {
        foreach (var found in new PostgreSqlRowRemoval(_connection, _schema).Restore(_held.Intervals.Keys, copysets))
        {
            WriteCopyset(found);
        }
    }

    /// <summary>Clears what was wrong with an interval.</summary>
    public void ClearDamage(Interval interval) => _intervals.ClearDamage(interval);

    /// <summary>Closes the connection, which frees the lock.</summary>
    public void Dispose() => _connection.Dispose();

    // The same block again gets the same answer; other bytes under the id must be examined.
    private static void RepeatAnswers(IReadOnlyList<Delivery> deliveries, AppendReply?[] replies)
    {
        var blocks = deliveries.Select(delivery => delivery.Block).ToList();
        var first = new Dictionary<BlockId, int>();
        for (var i = 0; i < replies.Length; i++)
        {
            if (!first.TryAdd(blocks[i].Header.Id, i) && replies[i] is null && deliveries[i].IsRepair == deliveries[first[blocks[i].Header.Id]].IsRepair
                && blocks[i].Bytes.Bytes.AsSpan().SequenceEqual(blocks[first[blocks[i].Header.Id]].Bytes.Bytes))
            {
                var answer = replies[first[blocks[i].Header.Id]]!;
                replies[i] = answer.Status == AppendStatus.Stored ? AppendReply.AlreadyStored : answer;
            }
        }
    }

    private AppendReply[] CommitDistinct(Interval interval, List<Delivery> deliveries, HashSet<BlockId> unresolved, bool closed)
    {
        _hasTopics = _hasTopics || TryPrepare(deliveries, static header => header.Topic is not null, _schema.CreateTopics);
        _hasLate = _hasLate || TryPrepare(deliveries, static header => header.Arrival is not null, _schema.CreateLate);
        var table = _schema.TableOf(interval);
        var batch = new PostgreSqlBatch(_connection, table, deliveries, unresolved, _diagnostics);
        if (closed)
        {
            CommitClosed(interval, batch, deliveries);
        }
        else if (_held.Intervals.ContainsKey(interval))
        {
            Commit(batch, deliveries);
        }
        else
        {
            CommitFirst(interval, batch, deliveries);
        }

        foreach (var block in batch.Stored)
        {
            _held.Count(block.Header.EventCount, block.Bytes.Bytes.Length);
            _diagnostics.Known.Remove(block.Header.Id);
        }

        _journal.Note(batch.Stored.Select(block => block.Header.UnixMinute).Distinct());
        return batch.Replies;
    }

    // Before the transaction of the blocks: a table that no block needs does no harm.
    private bool TryPrepare(List<Delivery> deliveries, Predicate<BlockHeader> needsTable, Func<string> create)
    {
        if (!deliveries.Exists(delivery => needsTable(delivery.Block.Header)))
        {
            return false;
        }

        using var command = new NpgsqlCommand(create(), _connection);
        command.ExecuteNonQuery();
        return true;
    }

    // Its sums are cleared first: meanwhile the buckets answer, which are right at any moment.
    private void CommitClosed(Interval interval, PostgreSqlBatch batch, List<Delivery> deliveries)
    {
        batch.AnswerClosed(interval);
        if (batch.IsWaiting)
        {
            NoteUncounted(interval);
            Commit(batch, deliveries);
            _held.Restore(interval);
        }
    }

    private void NoteUncounted(Interval interval)
    {
        _intervals.NoteUncounted(interval);
        _held.NoteCounted(interval, false);
    }

    // The table comes with its first blocks, or not at all: an interval is listed when something is held of it.
    private void CommitFirst(Interval interval, PostgreSqlBatch batch, List<Delivery> deliveries)
    {
        using var transaction = _connection.BeginTransaction();
        using (var create = new NpgsqlCommand(_schema.CreateInterval(interval), _connection))
        {
            create.ExecuteNonQuery();
        }

        Commit(batch, deliveries);
        transaction.Commit();
        _held.Open(interval);
    }

    private void Commit(PostgreSqlBatch batch, List<Delivery> deliveries)
    {
        if (deliveries.Exists(delivery => delivery.IsRepair || delivery.Block.Header.HasSuppliedKeys))
        {
            batch.AnswerHeld();
            batch.AnswerConflicts();
        }

        RememberCopysets(deliveries);
        batch.Insert(_schema);
    }

    // Before their blocks: a copyset that no block has does no harm. The largest number of copies wins: otherwise those that are missing would
    // never be made.
    private void RememberCopysets(List<Delivery> deliveries)
    {
        foreach (var header in deliveries.Select(delivery => delivery.Block.Header))
        {
            var (id, factor) = (header.BucketId, Math.Max(header.ReplicationFactor, header.Copyset.Ordinals.Length));
            if (!_copysets.TryGetValue(id, out var written))
            {
                // Topics come in any number.
                if (_copysets.Count == MostKnownCopysets)
                {
                    _copysets.Clear();
                }

                written = ReadFactor(id);
            }

            if (written < factor)
            {
                WriteCopyset(new RestoredMembers(id, header.Copyset, factor, header.Topic));
            }

            _copysets[id] = Math.Max(written, factor);
        }
    }

    private int ReadFactor(CopysetId copyset)
    {
        using var select = new NpgsqlCommand($"SELECT members FROM {_schema.Table("copysets")} WHERE id=$1", _connection)
        {
            Parameters = { new() { Value = copyset.Value } },
        };
        return select.ExecuteScalar() is string members ? CopysetText.TryParse(copyset, members)?.ReplicationFactor ?? 0 : 0;
    }

    private void WriteCopyset(RestoredMembers copyset)
    {
        using var write = new NpgsqlCommand(
            $"INSERT INTO {_schema.Table("copysets")}(id, members) VALUES($1, $2) ON CONFLICT (id) DO UPDATE SET members=EXCLUDED.members", _connection)
        {
            Parameters = { new() { Value = copyset.Id.Value }, new() { Value = copyset.Format() } },
        };
        write.ExecuteNonQuery();
    }
}
