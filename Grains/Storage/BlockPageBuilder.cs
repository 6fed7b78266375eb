using System.Buffers;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>Puts a page of blocks together: each is checked as it is added, a damaged one is named instead.</summary>
internal sealed class BlockPageBuilder(int maxBytes)
{
    private readonly ArrayBufferWriter<byte> _blocks = new();
    private readonly ImmutableArray<DamagedBlock>.Builder _damaged = ImmutableArray.CreateBuilder<DamagedBlock>();

    /// <summary>Whether a block of this size would make the page larger than it may be.</summary>
    public bool IsFullFor(int bytes) => _blocks.WrittenCount > 0 && _blocks.WrittenCount + bytes > maxBytes;

    /// <summary>Adds a block; null when it is intact, otherwise what is wrong with it.</summary>
    public string? Add(ReadOnlySpan<byte> block, long copyset, EventKey first, EventKey last)
    {
        try
        {
            BlockCodec.Verify(block);
            _blocks.Write(block);
            return null;
        }
        catch (BlockFormatException e)
        {
            _damaged.Add(new DamagedBlock(copyset, first, last, e.Message));
            return e.Message;
        }
    }

    /// <summary>The page.</summary>
    /// <param name="next">Where to go on; null at the end.</param>
    public BlockPage Build(BlockPosition? next) => new(_blocks.WrittenSpan.ToArray(), _damaged.ToImmutable(), next);
}
