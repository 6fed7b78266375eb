using AllData.Storage.Directories;
using AllData.Storage.Log;

namespace AllData.Tests.Support;

/// <summary>A record in a file of the log store.</summary>
internal sealed record LogRecordPlace(string Path, LogFileHeader Header, LogRecord Record, long Offset);

/// <summary>Reads the records of files that no store has open.</summary>
internal static class LogRecords
{
    /// <summary>Those of all segments and closed files in a folder.</summary>
    public static IEnumerable<LogRecordPlace> ReadAll(string folder) => Directory.GetFiles(folder)
        .Where(static path => Path.GetExtension(path) is LogFormat.SegmentExtension or LogFormat.Extension)
        .Order(StringComparer.Ordinal).SelectMany(Read);

    /// <summary>Those of one file.</summary>
    public static List<LogRecordPlace> Read(string path)
    {
        using var file = SystemLogDisk.Instance.Open(path, isWritable: false);
        var header = LogFileHeader.ReadFrom(file, path);
        var visitor = new Visitor(path, header);
        new SegmentScan(file, header.Seed).Run(LogFormat.FileHeaderLength, file.Length, visitor);
        return visitor.Found;
    }

    private sealed class Visitor(string path, LogFileHeader header) : IRecordVisitor
    {
        public List<LogRecordPlace> Found { get; } = [];

        public void OnRecord(FoundRecord found) => Found.Add(new LogRecordPlace(path, header, found.Record, found.Offset));

        public void OnGap(long from, long to)
        {
            // What is damaged is no record.
        }
    }
}

/// <summary>Changes files behind a store's back.</summary>
internal static class FileBytes
{
    /// <summary>Reads bytes.</summary>
    public static byte[] Read(string path, long offset, int length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Flips bits of a byte.</summary>
    public static void Flip(string path, long offset, byte bits)
    {
        using var file = Open(path);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ bits));
    }

    /// <summary>Writes bytes over others.</summary>
    public static void Write(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        using var file = Open(path);
        file.Position = offset;
        file.Write(bytes);
    }

    /// <summary>Cuts a file.</summary>
    public static void Cut(string path, long length)
    {
        using var file = Open(path);
        file.SetLength(length);
    }

    private static FileStream Open(string path)
    {
        DurableFiles.MakeWritable(path);
        return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }
}
