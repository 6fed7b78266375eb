using AllData.Intervals;

namespace AllData.Storage.Log;

/// <summary>
/// Makes segments: files of zeros whose length, and whose place on the disk, is durable before anything is written into them. A flush then writes the
/// records and nothing else. (Space that is only reserved costs a write of the file system's own for each place that is written first.)
/// </summary>
internal sealed class SegmentMaker(LogFiles files, LogSeams seams, ReplicaStoreIdentity identity)
{
    /// <summary>Bytes of an interval's first segment: of many intervals little is known yet.</summary>
    public const int FirstLength = 256 << 10;

    /// <summary>Bytes of the largest segment.</summary>
    public const int LargestLength = 64 << 20;

    private const int Growth = 4;

    private static readonly byte[] Zeros = new byte[1 << 20];

    /// <summary>Bytes of the segment after one of some length.</summary>
    public static long LengthAfter(long length) => Math.Clamp(length * Growth, FirstLength, LargestLength);

    /// <summary>Makes a segment.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="number">Its number, which no other has had.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="IOException">There is no room, or the disk fails; nothing is left of it.</exception>
    public SegmentFile Make(Interval interval, int number, long length)
    {
        var path = files.SegmentOf(interval, number);
        var header = LogFileHeader.New(LogFileKind.Segment, seams.NewFileId(), interval, identity, number);
        var file = seams.Disk.Create(path);
        try
        {
            for (var offset = 0L; offset < length; offset += Zeros.Length)
            {
                file.Write(Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, length - offset)), offset);
            }

            header.WriteTo(file);
            file.Flush();
            seams.Disk.FlushDirectoryOf(path);
            return new SegmentFile(path, header, file) { Capacity = length };
        }
        catch
        {
            file.Dispose();
            LogFiles.TryDelete(seams.Disk, path);
            throw;
        }
    }
}
