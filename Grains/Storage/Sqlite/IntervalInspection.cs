using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>Reads an interval's SQLite file without a store and without a cluster. Changes nothing, in the file or next to it.</summary>
internal sealed class IntervalInspection : IIntervalInspection
{
    private readonly SqliteDatabase _database;
    private readonly string _path;

    private IntervalInspection(SqliteDatabase database, string path, ImmutableArray<KeyValuePair<string, string>> meta)
    {
        _database = database;
        _path = path;
        Meta = meta;
    }

    /// <inheritdoc/>
    public ImmutableArray<KeyValuePair<string, string>> Meta { get; }

    /// <summary>Opens a closed interval's file, or a copy of an open one, with or without its log (<c>-wal</c>).</summary>
    /// <exception cref="ReplicaStoreException">There is no such file, or it is not the file of an interval; the message names it and the way out.</exception>
    public static IntervalInspection Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new ReplicaStoreException($"There is no file {path}. Interval files lie in 'intervals' under a peer's data directory.");
        }

        SqliteDatabase? database = null;
        try
        {
            database = SqliteDatabase.OpenUntouched(path);
            IntervalFile.CheckFormat(database, path);
            return new IntervalInspection(database, path, ReadMeta(database));
        }
        catch (Exception e)
        {
            database?.Dispose();
            throw e is SqliteException
                ? new ReplicaStoreException($"{path} cannot be read as an interval file: {e.Message} Other peers hold its blocks too.", e)
                : e;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<InspectedBlock> Blocks()
    {
        using var rows = Prepare();
        while (Step(rows))
        {
            yield return Inspect(rows);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _database.Dispose();

    private SqliteStatement Prepare()
    {
        try
        {
            return _database.Prepare("""
                SELECT seq, b.id, copyset, first_key, last_key, width, events, digest, bytes, members
                FROM blocks b NOT INDEXED LEFT JOIN copysets c ON c.id=copyset ORDER BY seq
                """);
        }
        catch (SqliteException e)
        {
            throw Unreadable(e);
        }
    }

    private bool Step(SqliteStatement rows)
    {
        try
        {
            return rows.Step();
        }
        catch (SqliteException e)
        {
            throw Unreadable(e);
        }
    }

    private ReplicaStoreException Unreadable(SqliteException e) =>
        new($"The rest of {_path} cannot be read: {e.Message} A store that opens it sets it aside and salvages what it can.", e);

    private static InspectedBlock Inspect(SqliteStatement row)
    {
        var bytes = row.GetBytes(8).ToArray();
        var fault = StoredBlock.Fault(row, bytes, out var header, out _);
        var copyset = new CopysetId(row.GetInt64(2));
        var members = row.IsNull(9) ? [] : CopysetText.TryParse(copyset, row.GetText(9))?.Ordinals ?? [];
        return new InspectedBlock(
            StoredBlock.IdOf(row), copyset, members, row.GetText(3), row.GetText(4), row.GetInt64(6), bytes.Length, fault)
        {
            Block = header is null ? null : BlockCodec.Decode(bytes),
        };
    }

    private static ImmutableArray<KeyValuePair<string, string>> ReadMeta(SqliteDatabase database)
    {
        var meta = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        using var rows = database.Prepare("SELECT name, value FROM meta ORDER BY name");
        while (rows.Step())
        {
            meta.Add(new(rows.GetText(0), rows.GetText(1)));
        }

        return meta.ToImmutable();
    }
}
