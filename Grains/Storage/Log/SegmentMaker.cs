using AllData.Intervals;

namespace AllData.Storage.Log;

/// <summary>
/// Makes segments. One that is made beforehand is a file of zeros whose length, and whose place on the disk, is durable before anything is written into it:
/// a flush then writes the records and nothing else. (Space that is only reserved costs a write of the file system's own for each place that is written
/// first.) One that is needed at once is an empty file that grows: the writer waits for no zeros.
/// </summary>
internal sealed class SegmentMaker(LogFiles files, LogSeams seams, ReplicaStoreIdentity identity)
{
    /// <summary>Bytes of the smallest segment that is made beforehand: of many intervals little is known yet.</summary>
    public const long SmallestLength = 1 << 20;

    /// <summary>Bytes of the largest segment.</summary>
    public const long LargestLength = 64 << 20;

    private static readonly byte[] Zeros = new byte[1 << 20];

    /// <summary>Makes a segment.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="number">Its number, which no other has had.</param>
    /// <param name="length">The bytes that it takes.</param>
    /// <param name="isPrepared">Whether they are written beforehand.</param>
    /// <exception cref="IOException">There is no room, or the disk fails; nothing is left of it.</exception>
    public SegmentFile Make(Interval interval, int number, long length, bool isPrepared)
    {
        var path = files.SegmentOf(interval, number);
        var header = LogFileHeader.New(LogFileKind.Segment, seams.NewFileId(), interval, identity, number);
        var file = seams.Disk.Create(path);
        try
        {
            for (var offset = 0L; isPrepared && offset < length; offset += Zeros.Length)
            {
                file.Write(Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, length - offset)), offset);
            }

            header.WriteTo(file);
            file.Flush();
            seams.Disk.FlushDirectoryOf(path);
            return new SegmentFile(path, header, file) { Capacity = length, IsPrepared = isPrepared };
        }
        catch
        {
            file.Dispose();
            LogFiles.TryDelete(seams.Disk, path);
            throw;
        }
    }
}
