using AllData.Intervals;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>The file of a closed interval: its records by key, its index and its trailer. Never changed. Read by any thread.</summary>
internal sealed class ClosedFile : HeldBlocks, IDisposable
{
    private ClosedFile(SegmentFile file, IntervalIndex index, ClosedTrailer trailer) : base(index) => (File, Trailer) = (file, trailer);

    /// <summary>The file.</summary>
    public SegmentFile File { get; }

    /// <summary>What it says of itself.</summary>
    public ClosedTrailer Trailer { get; }

    /// <summary>Opens a file and reads its index.</summary>
    /// <exception cref="LogDamageException">It is not whole.</exception>
    /// <exception cref="ReplicaStoreException">It belongs to another peer or interval, or is of a later version.</exception>
    public static ClosedFile Open(string path, Interval interval, ReplicaStoreIdentity identity, ILogDisk disk)
    {
        var file = disk.Open(path, isWritable: false);
        try
        {
            var header = LogFileHeader.ReadFrom(file, path);
            header.Check(path, interval, identity);
            return Read(path, interval, file, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the index of a file that is open.</summary>
    /// <exception cref="LogDamageException">It is not whole.</exception>
    public static ClosedFile Read(string path, Interval interval, ILogFile file, LogFileHeader header)
    {
        if (header.Kind != LogFileKind.Closed || !ClosedTrailer.TryRead(file, header, out var trailer))
        {
            throw new LogDamageException($"{path} does not end like the file of a closed interval.");
        }

        var index = new IntervalIndex(interval);
        if (IndexFrame.Read(file, header.Id, trailer.Index, index, out _) is null)
        {
            throw new LogDamageException($"The index of {path} is damaged.");
        }

        index.ForgetChanges();
        return new ClosedFile(new SegmentFile(path, header, file) { End = trailer.Index }, index, trailer);
    }

    /// <inheritdoc/>
    public override string PathOf(int segment) => File.Path;

    /// <summary>Closes the file.</summary>
    public void Dispose() => File.Dispose();

    /// <inheritdoc/>
    protected override ILogFile? FileOf(int segment) => File.File;

    /// <inheritdoc/>
    protected override ulong SeedOf(int segment) => File.Header.Seed;
}
