using AllData.Protocol.Blocks;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>Finds the intact blocks in a file whatever lies around them: each is recognized by its own beginning and checked by its own digest.</summary>
internal static class BlockSalvage
{
    private const int WindowLength = 16 << 20;

    private static ReadOnlySpan<byte> Magic => "ADBK"u8;

    /// <summary>The intact blocks, in the order in which they lie there.</summary>
    public static IEnumerable<Block> Find(ILogFile file)
    {
        var window = new byte[WindowLength];
        for (var offset = 0L; offset < file.Length;)
        {
            var length = file.Read(window, offset);
            var (next, block) = FindIn(window, length, isLast: offset + length >= file.Length);
            if (block is not null)
            {
                yield return block;
            }
            else if (next == 0)
            {
                // A block that begins here does not fit into the window: none is that large.
                next = 1;
            }

            offset += next;
        }
    }

    // How many bytes were looked at, and the block that ends there.
    private static (int Next, Block? Block) FindIn(byte[] window, int length, bool isLast)
    {
        for (var from = 0; from < length;)
        {
            var at = window.AsSpan(from, length - from).IndexOf(Magic);
            if (at < 0)
            {
                return (isLast ? length : Math.Max(1, length - Magic.Length), null);
            }

            var start = from + at;
            if (Decode(window.AsSpan(start, length - start)) is { } block)
            {
                return (start + block.Bytes.Bytes.Length, block);
            }

            if (!isLast && start > 0)
            {
                return (start, null);
            }

            from = start + 1;
        }

        return (length, null);
    }

    private static Block? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var block = BlockCodec.Decode(bytes[..BlockCodec.LengthOf(bytes)].ToArray());
            return BlockRecords.Fault(block.Header, block.GetReader()) is null ? block : null;
        }
        catch (BlockFormatException)
        {
            return null;
        }
    }
}
