using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using AllData.Storage.Log;

namespace AllData.Tests.Support;

/// <summary>
/// The index of an interval as it lies on disk, in the file of a closed one or the checkpoint of an open one, to be changed behind the store's back.
/// </summary>
internal sealed class TamperedIndex
{
    private readonly string _path;
    private readonly LogFileHeader _header;
    private readonly IndexFrame _frame;
    private readonly ClosedTrailer? _trailer;

    private TamperedIndex(string path, LogFileHeader header, IndexFrame frame, ClosedTrailer? trailer, IntervalIndex index)
    {
        (_path, _header, _frame, _trailer, Rows) = (path, header, frame, trailer, index.ReadAll());
        Entries = Rows.Numbers.ToDictionary(static number => number, index.Get);
    }

    /// <summary>The rows.</summary>
    public IndexRows Rows { get; }

    /// <summary>The entries by number.</summary>
    public Dictionary<int, BlockEntry> Entries { get; }

    /// <summary>Reads it.</summary>
    public static TamperedIndex Read(string directory, Interval interval)
    {
        var folder = Path.Combine(directory, "intervals");
        var closed = Path.Combine(folder, interval + LogFormat.Extension);
        var path = File.Exists(closed) ? closed : Path.Combine(folder, interval + LogFormat.IndexExtension);
        using var file = SystemLogDisk.Instance.Open(path, isWritable: false);
        var header = LogFileHeader.ReadFrom(file, path);
        var trailer = ClosedTrailer.TryRead(file, header, out var found) ? found : default(ClosedTrailer?);
        var index = new IntervalIndex(interval);
        var (next, last) = (trailer?.Index ?? LogFormat.FileHeaderLength, default(IndexFrame));
        while (IndexFrame.Read(file, header.Id, next, index, out var end) is { } frame)
        {
            (next, last) = (end, frame);
        }

        Assert.NotNull(last);
        return new TamperedIndex(path, header, last, trailer, index);
    }

    /// <summary>Writes it as if the store had done so.</summary>
    public void Write()
    {
        DurableFiles.MakeWritable(_path);
        using (var file = SystemLogDisk.Instance.Open(_path, isWritable: true))
        {
            var start = _trailer?.Index ?? LogFormat.FileHeaderLength;
            file.SetLength(start);
            var writer = new LogStreamWriter(file, start);
            (_frame with { IsWhole = true }).Write(writer, _header.Id, Rows, number => Entries[number]);
            _trailer?.Write(writer, _header);
            writer.Drain();
        }

        if (_trailer is not null)
        {
            var note = Path.ChangeExtension(_path, IntervalManifestFile.Extension);
            IntervalManifestFile.Write(note, IntervalManifestFile.Read(note)! with { Bytes = new FileInfo(_path).Length });
        }
    }
}
