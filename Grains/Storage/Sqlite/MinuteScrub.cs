using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>
/// Checks an interval file minute by minute: each block against its digest, its columns, its records, and the buckets of the minute against
/// the blocks. Changes nothing. For one thread.
/// </summary>
internal sealed class MinuteScrub(SqliteDatabase database, string path, ReplicaStoreDiagnostics diagnostics) : IDisposable
{
    private readonly SqliteStatement _nextKey = database.Prepare("SELECT min(first_key) FROM blocks WHERE width=?1 AND first_key>=?2");
    private readonly SqliteStatement _nextBucket = database.Prepare("SELECT min(minute) FROM buckets WHERE minute>=?1");
    private readonly SqliteStatement _buckets = database.Prepare(
        "SELECT copyset, blocks, events, digest_sum FROM buckets WHERE minute=?1");

    // By the index alone: what keys are looked for in is compared with what the rows say.
    private readonly SqliteStatement _places = database.Prepare(
        "SELECT seq, first_key, last_key FROM blocks WHERE width=?1 AND first_key>=?2 AND first_key<?3");

    private readonly SqliteStatement _row = database.Prepare(
        "SELECT seq, id, copyset, first_key, last_key, width, events, digest, bytes FROM blocks NOT INDEXED WHERE seq=?1");

    private readonly BlockIndexes _indexes = new(database);

    // Partial: the digest sum does not include blocks that are damaged.
    private readonly Dictionary<CopysetId, (ContentSum Sum, bool IsPartial)> _counted = [];

    /// <summary>The first minute from a given one on that has blocks or buckets; null if there is none.</summary>
    public UnixMinute? NextMinute(UnixMinute from)
    {
        UnixMinute? next = null;
        for (var width = 0; width < KeySpan.Classes; width++)
        {
            _nextKey.Bind(1, width);
            _nextKey.Bind(2, from.GetFirstKey());
            next = _nextKey.Step() && !_nextKey.IsNull(0) && EventKey.TryParse(_nextKey.GetText(0), out var key) ? Earlier(next, key.UnixMinute) : next;
            _nextKey.Reset();
        }

        _nextBucket.Bind(1, from.Value);
        next = _nextBucket.Step() && !_nextBucket.IsNull(0) ? Earlier(next, new UnixMinute(_nextBucket.GetInt64(0))) : next;
        _nextBucket.Reset();

        // A damaged row may say the last number that there is: nothing comes after it.
        return next is { Value: long.MaxValue } ? null : next;
    }

    /// <summary>Checks one minute, in one read transaction so that blocks and buckets are of the same moment.</summary>
    public void Check(UnixMinute minute, ScrubTally tally)
    {
        _counted.Clear();
        database.Execute("BEGIN");
        try
        {
            for (var width = 0; width < KeySpan.Classes; width++)
            {
                CheckBlocks(minute, width, tally);
            }

            CompareBuckets(minute, tally);
        }
        finally
        {
            database.Execute("ROLLBACK");
        }
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _nextKey, _nextBucket, _buckets, _places, _row })
        {
            statement.Dispose();
        }

        _indexes.Dispose();
    }

    private static UnixMinute Earlier(UnixMinute? known, UnixMinute found) => known is { } minute ? UnixMinute.Min(minute, found) : found;

    private void CheckBlocks(UnixMinute minute, int width, ScrubTally tally)
    {
        _places.Bind(1, width);
        _places.Bind(2, minute.GetFirstKey());
        _places.Bind(3, minute.GetEndKey());
        try
        {
            while (_places.Step())
            {
                CheckBlock(minute, width, tally);
            }
        }
        finally
        {
            _places.Reset();
            _row.Reset();
        }
    }

    private void CheckBlock(UnixMinute minute, int width, ScrubTally tally)
    {
        _row.Reset();
        _row.Bind(1, _places.GetInt64(0));
        if (!_row.Step() || _row.GetInt64(5) != width || _row.GetText(3) != _places.GetText(1) || _row.GetText(4) != _places.GetText(2))
        {
            tally.OnCorrupt($"{path}, block {_places.GetInt64(0)}: the index of keys does not say what its row says, or there is no row.");
            return;
        }

        var bytes = _row.GetBytes(8);
        var (copyset, events) = (new CopysetId(_row.GetInt64(2)), _row.GetInt64(6));
        var before = _counted.GetValueOrDefault(copyset);
        var fault = StoredBlock.Fault(_row, bytes, out var header, out var isImpossible);
        tally.OnBlock(events, bytes.Length, header?.EventDigestSum ?? default);
        _counted[copyset] = (
            before.Sum + new ContentSum(1, events, header?.EventDigestSum ?? default), before.IsPartial || header is null);
        if (fault is not null)
        {
            var name = $"{path}, block {_row.GetInt64(0)} ({StoredBlock.IdOf(_row)})";
            diagnostics.OnDamagedBlock(name, fault, StoredBlock.EntryOf(_row));
            tally.OnDamage($"{name}: {fault}");
        }

        if (header is not null && fault is null && _indexes.FindMissing(header, _row.GetInt64(0)) is { } place)
        {
            tally.OnWrongBucket(minute, $"{path}, block {_row.GetInt64(0)} is not listed {place}.");
        }

        if (isImpossible)
        {
            tally.OnImpossible(_row.GetInt64(0));
        }
    }

    private void CompareBuckets(UnixMinute minute, ScrubTally tally)
    {
        _buckets.Bind(1, minute.Value);
        while (_buckets.Step())
        {
            var (copyset, blocks, events) = (new CopysetId(_buckets.GetInt64(0)), _buckets.GetInt64(1), _buckets.GetInt64(2));
            var stored = _buckets.GetBytes(3) is { Length: EventDigest.BinaryLength } digest ? EventDigest.ReadFrom(digest) : default;
            if (!_counted.Remove(copyset, out var counted))
            {
                tally.OnWrongBucket(minute, $"{Bucket(copyset, minute)} says {blocks} blocks, and there are none.");
            }
            else if (counted.Sum is var sum && (sum.Blocks != blocks || sum.Events != events))
            {
                tally.OnWrongBucket(minute, $"{Bucket(copyset, minute)} says {blocks} blocks, {events} events; counted: {sum.Blocks}, {sum.Events}.");
            }
            else if (!counted.IsPartial && sum.DigestSum != stored)
            {
                tally.OnWrongBucket(minute, $"{Bucket(copyset, minute)} has digest sum {stored}; counted: {sum.DigestSum}.");
            }
        }

        _buckets.Reset();
        foreach (var (copyset, counted) in _counted)
        {
            tally.OnWrongBucket(minute, $"{Bucket(copyset, minute)} is missing, and there are {counted.Sum.Blocks} blocks.");
        }
    }

    private string Bucket(CopysetId copyset, UnixMinute minute) => $"{path}, bucket of copyset {copyset}, minute {minute}";
}
