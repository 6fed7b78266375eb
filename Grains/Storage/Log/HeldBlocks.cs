using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Log;

/// <summary>The blocks of an interval, to be read by any thread: the index and the files that it names.</summary>
internal abstract class HeldBlocks(IntervalIndex index)
{
    private const int DigestOffset = 8;

    /// <summary>Which blocks there are.</summary>
    public IntervalIndex Index => index;

    /// <summary>How a block is named to people.</summary>
    public string NameOf(int number, in BlockEntry entry) => $"{PathOf(entry.Segment)}, block {number}";

    /// <summary>
    /// Reads the bytes of a block; what is wrong when these are not what the index says, otherwise null. Its digest is not compared with its bytes.
    /// </summary>
    public string? Read(in BlockEntry entry, Span<byte> bytes)
    {
        try
        {
            return FileOf(entry.Segment) is not { } file ? "its segment is not there."
                : file.Read(bytes, entry.Offset + LogRecord.HeaderLength) < bytes.Length ? "the file ends before it does."
                : bytes.Length < DigestOffset + EventDigest.BinaryLength || EventDigest.ReadFrom(bytes[DigestOffset..]) != entry.Digest
                    ? "other bytes lie in its place."
                : null;
        }
        catch (IOException e)
        {
            return $"it cannot be read: {e.Message}";
        }
    }

    /// <summary>Reads the head of a block's record; null when it is not what the index says.</summary>
    public LogRecord? ReadHead(in BlockEntry entry)
    {
        var bytes = new byte[LogRecord.HeaderLength];
        try
        {
            return FileOf(entry.Segment) is { } file && file.Read(bytes, entry.Offset) == bytes.Length
                && LogRecord.TryRead(bytes, SeedOf(entry.Segment), entry.Offset, out var record)
                    ? record
                    : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads a block and checks it.</summary>
    /// <exception cref="BlockFormatException">It is damaged.</exception>
    public Block Decode(in BlockEntry entry)
    {
        var bytes = new byte[entry.Length];
        return Read(entry, bytes) is { } fault ? throw new BlockFormatException(fault) : BlockCodec.Decode(bytes);
    }

    /// <summary>The path of a segment.</summary>
    public abstract string PathOf(int segment);

    /// <summary>A segment's file; null when it is not there.</summary>
    protected abstract ILogFile? FileOf(int segment);

    /// <summary>The seed of a segment's checksums.</summary>
    protected abstract ulong SeedOf(int segment);
}
