using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Keeps blocks in SQLite: one database file for each consolidation interval.</summary>
internal sealed class SqliteEngine : IStorageEngine
{
    private readonly EngineSetting _setting;
    private readonly SqliteSeams _seams;
    private readonly IntervalFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly IntervalGate _gate = new();
    private readonly SqliteWriter _writer;
    private readonly List<SqliteReader> _readers = [];

    private SqliteEngine(string directory, SqliteSeams seams, EngineSetting setting)
    {
        _setting = setting;
        _seams = seams;
        _files = new IntervalFiles(directory, IntervalFile.Extension, setting.Identity);
        _catalog = new IntervalCatalog(_files, setting.Identity, setting.Diagnostics, setting.Time);
        var closing = new IntervalClosing(_files, _catalog, seams, setting);
        var salvage = new IntervalSalvage(_files, _catalog, seams, setting);
        var held = new IntervalRecovery(_files, _catalog, closing, salvage, seams, setting).Run();
        _writer = new SqliteWriter(_files, _catalog, closing, salvage, seams, setting, TryRunAlone, held);
    }

    /// <inheritdoc/>
    public string Description =>
        $"SQLite {SqliteDatabase.Version}, WAL, " + (_seams.Flush ? "synchronous=FULL, flushed before each answer" : "synchronous=OFF, not flushed");

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => [.. _catalog.Entries.Keys];

    /// <inheritdoc/>
    public int DamagedIntervals => _catalog.Damaged;

    /// <inheritdoc/>
    public IStorageWriter Writer => _writer;

    /// <summary>Opens the store in a data directory. Closed intervals are not opened; open ones are recovered, and damaged files set aside.</summary>
    /// <param name="directory">The data directory's path; the files lie in <c>intervals</c> under it.</param>
    /// <param name="seams">What tests reach into.</param>
    /// <param name="setting">The peer, bounds, and where damage is reported.</param>
    /// <exception cref="ReplicaStoreException">A file cannot be opened or belongs to another peer; the message names it.</exception>
    public static SqliteEngine Open(string directory, SqliteSeams seams, EngineSetting setting) => new(directory, seams, setting);

    /// <inheritdoc/>
    public IntervalStanding? Find(Interval interval) => _catalog.Find(interval) is { } entry
        ? new IntervalStanding(
            entry.State, entry.IsSelfContained || !entry.HasFile, entry.Note is { SetAside: > 0 }, entry.Restorations, entry.Note?.Damage)
        : null;

    /// <inheritdoc/>
    public StorageFigures Measure() => new(_writer.Blocks, _writer.Events, _files.TotalBytes());

    /// <inheritdoc/>
    public IStorageReader OpenReader()
    {
        var reader = new SqliteReader(_files, _catalog, _gate, _seams, _setting);
        lock (_readers)
        {
            _readers.Add(reader);
        }

        return reader;
    }

    /// <inheritdoc/>
    public void Hurry()
    {
        // Nothing here is ever away.
    }

    private bool TryRunAlone(Interval interval, TimeSpan patience, Action work) => _gate.TryRunAlone(interval, patience, () =>
    {
        lock (_readers)
        {
            _readers.ForEach(reader => reader.Release(interval));
        }

        work();
    });
}
