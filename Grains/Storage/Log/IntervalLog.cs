using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Security;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>Writes blocks into one open interval. Used by the writer's thread alone.</summary>
internal sealed partial class IntervalLog
{
    private readonly OpenInterval _held;
    private readonly LogFiles _files;
    private readonly LogAppender _appender;
    private readonly IndexCheckpoint _checkpoint;
    private readonly LogBackgroundWork _background;
    private readonly IntervalCatalog _catalog;
    private readonly LogSeams _seams;
    private readonly EngineSetting _setting;
    private readonly BlockSearch _search;
    private volatile bool _isBeingWrittenDown;
    private bool _isNotedUnclean;

    /// <summary>Takes over an interval as it was recovered.</summary>
    public IntervalLog(
        OpenInterval held, IndexCheckpoint checkpoint, LogFiles files, IntervalCatalog catalog, LogBackgroundWork background, LogSeams seams,
        EngineSetting setting)
    {
        _held = held;
        _files = files;
        _checkpoint = checkpoint;
        _background = background;
        _catalog = catalog;
        _seams = seams;
        _setting = setting;
        _search = new BlockSearch(setting.Diagnostics);
        _appender = new LogAppender(
            held, new SegmentMaker(files, seams, setting.Identity), background, new AnsweredMark(files.Intervals.MarkOf(held.Interval)), seams,
            setting.Diagnostics);
    }

    /// <summary>What is held.</summary>
    public OpenInterval Held => _held;

    /// <summary>Promises durably that no more puts are taken.</summary>
    public void PromiseClosed()
    {
        if (!_held.IsPromised)
        {
            _appender.Append([new PendingRecord(LogRecord.Of(LogRecordKind.Promise, []), default)]);
            _held.IsPromised = true;
            NoteUnclean();
        }

        _catalog.OnPromised(_held.Interval);
    }

    /// <summary>Recounts the buckets of some minutes.</summary>
    public void Recount(IEnumerable<UnixMinute> minutes)
    {
        MinuteRecount.Run(_held, minutes);
        WriteWhole();
    }

    /// <summary>Takes out blocks that cannot be repaired, and rewrites copysets; returns what is held without them.</summary>
    public ContentSum Replace(ScrubTally found)
    {
        var removed = found.Impossible.Select(number => (Number: checked((int)number), Entry: _held.Index.Get((int)number)))
            .Where(static block => block.Entry.Exists).ToList();
        if (removed.Count > 0)
        {
            Keep(removed.ConvertAll(static block => block.Entry));
            _appender.Append(removed.ConvertAll(static block => new PendingRecord(
                LogRecord.Of(LogRecordKind.Removal, []) with { Id = block.Entry.Id, Number = block.Number, First = block.Entry.First, Last = block.Entry.Last },
                default)));
            removed.ForEach(block => _held.Index.Remove(block.Number));
            MinuteRecount.Run(_held, removed.ConvertAll(static block => block.Entry.Minute).Distinct());
            NoteUnclean();
            _setting.Diagnostics.OnRowsRemoved(_files.Intervals.PathOf(_held.Interval), removed.Count, _files.RefusedOf(_held.Interval));
        }

        RestoreCopysets(found.UnreadableCopysets);
        WriteWhole();
        return _held.Index.Held;
    }

    /// <summary>Writes the index down when enough has gathered in the log since the last time. It is written in the background.</summary>
    public void CheckpointWhenDue()
    {
        if (_appender.BytesSinceCheckpoint < _setting.Options.CheckpointBytes || _isBeingWrittenDown || _held.Base is not null)
        {
            return;
        }

        _isBeingWrittenDown = true;
        var (frame, rows) = Snapshot(isWhole: _checkpoint.NeedsWhole);
        _background.Add(() =>
        {
            _checkpoint.Write(frame, rows, _held.Index.Get);
            _isBeingWrittenDown = false;
        });
    }

    /// <summary>Closes the files. What was flushed is in the segments whatever happens here.</summary>
    /// <param name="isClean">Whether the index may be written down: nothing has failed.</param>
    public void Close(bool isClean)
    {
        try
        {
            if (isClean && _held.Base is null)
            {
                if (_held.Index.HasChanges || _checkpoint.NeedsWhole)
                {
                    var (frame, rows) = Snapshot(isWhole: _checkpoint.NeedsWhole);
                    _checkpoint.Write(frame, rows, _held.Index.Get);
                }

                var sum = _held.Index.Held;
                _catalog.Note(_held.Interval, note => note with { Clean = true, Blocks = sum.Blocks, Events = sum.Events });
            }

            _appender.Close(isClean);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _setting.Diagnostics.OnLogKept(_files.SegmentOf(_held.Interval, _held.Last?.Number ?? 0), e);
        }

        _checkpoint.Dispose();
        _held.Dispose();
    }

    private (IndexFrame Frame, IndexRows Rows) Snapshot(bool isWhole)
    {
        _appender.BytesSinceCheckpoint = 0;
        var segments = _held.Segments.ToDictionary(static s => s.Key, static s => s.Value.Header.Id);
        var rows = isWhole ? _held.Index.ReadAll() : _held.Index.ReadChanges();
        _held.Index.ForgetChanges();
        return (new IndexFrame(isWhole, _held.Position, segments), rows);
    }

    // What was put right is not to be wrong again after a restart.
    private void WriteWhole()
    {
        if (_held.Base is not null)
        {
            return;
        }

        _background.Finish();
        var (frame, rows) = Snapshot(isWhole: true);
        _checkpoint.Write(frame, rows, _held.Index.Get);
    }

    private void Keep(List<BlockEntry> entries)
    {
        using var file = PrivateFiles.Open(_files.RefusedOf(_held.Interval), FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (var entry in entries)
        {
            var bytes = new byte[entry.Length];
            _held.Read(entry, bytes);
            file.Write(bytes);
        }

        file.Flush(flushToDisk: true);
    }

    private void RestoreCopysets(IEnumerable<CopysetId> copysets)
    {
        foreach (var id in copysets)
        {
            var (members, hasBlocks) = (new RestoredCopyset(id), false);
            foreach (var entry in Enumerable.Range(1, _held.Index.Count).Select(_held.Index.Get).Where(entry => entry.Exists && entry.Bucket == id))
            {
                var bytes = new byte[entry.Length];
                hasBlocks = true;
                if (_held.Read(entry, bytes) is null)
                {
                    members.Add(bytes);
                }
            }

            if (members.Result is { } found)
            {
                _held.Index.SetCopyset(id, found.Format());
            }
            else if (!hasBlocks)
            {
                _held.Index.SetCopyset(id, members: null);
            }
        }
    }

    // Before the callers are answered: with this note, missing segments mean a loss.
    private void NoteUnclean()
    {
        if (!_isNotedUnclean)
        {
            _catalog.Note(_held.Interval, note => note with { Clean = false });
            _isNotedUnclean = true;
        }
    }
}
