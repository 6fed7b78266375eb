using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>Takes from the blocks of a look-up the events' digests and the peers meant to hold them.</summary>
internal static class HeldCopyset
{
    /// <summary>The digest of an event, and the copyset of the block that it lies in.</summary>
    public static (EventDigest Digest, CopysetDefinition Copyset) Select(Block block, PackedEvent found) => (found.Digest, DefinitionOf(block.Header));

    public static HeldKey ToHeldKey(EventKey key, List<(EventDigest Digest, CopysetDefinition Copyset)> found) =>
        new(key, [.. found.Select(static f => f.Digest)]) { Copysets = [.. found.Select(static f => f.Copyset)] };

    private static CopysetDefinition DefinitionOf(BlockHeader header) =>
        new(header.Copyset.Id, [.. header.Copyset.Ordinals], header.ReplicationFactor);
}
