using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>Keeps blocks in logs of this program's own: segments for each open interval, one file for each closed one.</summary>
internal sealed class LogEngine : IStorageEngine
{
    private readonly EngineSetting _setting;
    private readonly LogSeams _seams;
    private readonly LogFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly LogIntervals _intervals;
    private readonly LogClosing _closing;
    private readonly LogWriter _writer;

    private LogEngine(string directory, LogSeams seams, EngineSetting setting)
    {
        _setting = setting;
        _seams = seams;
        _files = new LogFiles(directory, setting.Identity);
        _catalog = new IntervalCatalog(_files.Intervals, setting.Identity, setting.Diagnostics, setting.Time);
        _intervals = new LogIntervals(_files, _catalog, seams, setting);
        _closing = new LogClosing(_files, _catalog, _intervals, seams, setting);
        var salvage = new LogSalvage(_files, _catalog, _intervals, seams, setting);
        _writer = new LogWriter(_files, _catalog, _intervals, _closing, salvage, new LogBackgroundWork(setting.Identity.Peer.Value), seams, setting);
        try
        {
            new LogRecovery(_files, _catalog, _intervals, _writer, _closing, salvage, seams, setting).Run();
        }
        catch
        {
            _writer.StopWriting();
            _writer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Description => $"log, format {LogFormat.Version}, " + (_seams.Flush ? "flushed before each answer" : "not flushed");

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
    public static LogEngine Open(string directory, LogSeams seams, EngineSetting setting) => new(directory, seams, setting);

    /// <inheritdoc/>
    public IntervalStanding? Find(Interval interval) => _catalog.Find(interval) is { } entry
        ? new IntervalStanding(
            entry.State, entry.IsSelfContained || !entry.HasFile, entry.Note is { SetAside: > 0 }, entry.Restorations, entry.Note?.Damage)
        : null;

    /// <inheritdoc/>
    public StorageFigures Measure() => new(_writer.Blocks, _writer.Events, _files.Intervals.TotalBytes());

    /// <inheritdoc/>
    public IStorageReader OpenReader() => new LogReader(_files, _catalog, _intervals, _closing, _setting);

    /// <inheritdoc/>
    public void Hurry()
    {
        // Nothing here is ever away.
    }
}
