using System.Collections.Concurrent;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>The file of a closed interval that is written and waits to be used.</summary>
/// <param name="Restorations">What the interval's <see cref="IntervalEntry.Restorations"/> were before.</param>
/// <param name="Sum">What it holds.</param>
internal readonly record struct PreparedClosing(long Restorations, ContentSum Sum);

/// <summary>The intervals of a store, to be read: open ones in memory, closed ones opened when they are read. Used by any thread.</summary>
internal sealed class LogIntervals : IDisposable
{
    private readonly IntervalGate _gate = new();
    private readonly LogFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly ClosedIntervals _closed;

    /// <summary>Begins with none open.</summary>
    public LogIntervals(LogFiles files, IntervalCatalog catalog, LogSeams seams, EngineSetting setting)
    {
        (_files, _catalog) = (files, catalog);
        _closed = new ClosedIntervals(
            ClosedIntervals.DefaultBlocks, interval => ClosedFile.Open(files.Intervals.PathOf(interval), interval, setting.Identity, seams.Disk));
    }

    /// <summary>Those that are written to.</summary>
    public ConcurrentDictionary<Interval, OpenInterval> Open { get; } = new();

    /// <summary>Files of closed intervals that wait to be used.</summary>
    public ConcurrentDictionary<Interval, PreparedClosing> Prepared { get; } = new();

    /// <summary>Reads from an interval that has a file or segments. Damage that is met is noted: what is damaged is set aside when it is next written to or
    /// verified.
    /// </summary>
    /// <exception cref="ReplicaStoreException">It cannot be read.</exception>
    public T Use<T>(Interval interval, Func<HeldBlocks, T> read)
    {
        _gate.EnterToRead(interval);
        try
        {
            return Open.TryGetValue(interval, out var held) ? read(held) : _closed.Use(interval, read);
        }
        catch (Exception e) when (e is LogDamageException or IOException or UnauthorizedAccessException)
        {
            var path = _files.Intervals.PathOf(interval);
            var reason = $"{path} cannot be read: {e.Message}";
            if (!Open.ContainsKey(interval) && (e is LogDamageException || !File.Exists(path)))
            {
                _catalog.OnCorrupt(interval, reason);
            }

            throw new ReplicaStoreException(reason, e);
        }
        finally
        {
            _gate.ExitFromReading(interval);
        }
    }

    /// <summary>Does something while no thread reads an interval; false, and nothing is done, when one reads for longer.</summary>
    public bool TryRunAlone(Interval interval, TimeSpan patience, Action work) => _gate.TryRunAlone(interval, patience, () =>
    {
        _closed.Close(interval);
        work();
    });

    /// <summary>Closes the files of closed intervals.</summary>
    public void Dispose() => _closed.Dispose();
}
