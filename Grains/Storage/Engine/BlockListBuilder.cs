using System.Buffers;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>Collects the names of blocks of the requested copysets, up to the requested number. Used once.</summary>
internal sealed class BlockListBuilder(BlockListRange range)
{
    private readonly ArrayBufferWriter<byte> _entries = new();

    // Each block is looked up in it, and a question may name thousands.
    private readonly HashSet<CopysetId> _copysets = range.Copysets.IsDefault ? [] : [.. range.Copysets];
    private int _count;

    /// <summary>Whether no more are wanted.</summary>
    public bool IsFull => _count >= Math.Max(1, range.MaxBlocks);

    /// <summary>Adds a block, if it is requested.</summary>
    public void Add(ListedBlock block)
    {
        if (_copysets.Count == 0 || _copysets.Contains(block.Copyset))
        {
            block.WriteTo(_entries.GetSpan(ListedBlock.BinaryLength));
            _entries.Advance(ListedBlock.BinaryLength);
            _count++;
        }
    }

    /// <summary>The list.</summary>
    /// <param name="next">Where to go on; null at the end.</param>
    public BlockList Build(BlockPosition? next) => new(_entries.WrittenSpan.ToArray(), next, Math.Max(1, range.Minutes));
}
