using System.Buffers;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>Puts a page of blocks together: each is checked as it is added, a damaged one is named instead. Used once.</summary>
internal sealed class BlockPageBuilder(int maxBytes) : IDisposable
{
    private readonly ImmutableArray<DamagedBlock>.Builder _damaged = ImmutableArray.CreateBuilder<DamagedBlock>();

    // Rented: growing garbage of this size would cost a full collection every few pages.
    private byte[] _blocks = ArrayPool<byte>.Shared.Rent(maxBytes);
    private int _used;

    /// <summary>Whether a block of this size would make the page larger than it may be.</summary>
    public bool IsFullFor(int bytes) => _used > 0 && _used + bytes > maxBytes;

    /// <summary>Adds a block; null when it is intact, otherwise what is wrong with it.</summary>
    public string? Add(ReadOnlySpan<byte> block, CopysetId copyset, EventKey first, EventKey last)
    {
        var reason = Add(block);
        if (reason is not null)
        {
            _damaged.Add(new DamagedBlock(copyset, first, last, reason));
        }

        return reason;
    }

    /// <summary>Adds a block; null when it is intact, otherwise what is wrong with it.</summary>
    public string? Add(ReadOnlySpan<byte> block)
    {
        try
        {
            BlockCodec.Verify(block);
            Append(block);
            return null;
        }
        catch (BlockFormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>The page.</summary>
    /// <param name="next">Where to go on; null at the end.</param>
    public BlockPage Build(BlockPosition? next) => new(ToBlocks(), _damaged.ToImmutable(), next);

    /// <summary>The intact blocks alone.</summary>
    public byte[] ToBlocks() => _blocks.AsSpan(0, _used).ToArray();

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_blocks);

    private void Append(ReadOnlySpan<byte> block)
    {
        if (block.Length > _blocks.Length - _used)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_used + block.Length);
            _blocks.AsSpan(0, _used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_blocks);
            _blocks = larger;
        }

        block.CopyTo(_blocks.AsSpan(_used));
        _used += block.Length;
    }
}
