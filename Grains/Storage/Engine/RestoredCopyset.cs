using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>What the blocks of a copyset say of it.</summary>
/// <param name="Id">The id that its buckets have.</param>
/// <param name="Copyset">Its members.</param>
/// <param name="Factor">The largest number of copies that a block requests.</param>
/// <param name="Topic">The topic of its blocks; null: they have none.</param>
internal readonly record struct RestoredMembers(CopysetId Id, Copyset Copyset, int Factor, Topic? Topic)
{
    /// <summary>The text that stores keep.</summary>
    public string Format() => CopysetText.Format(Copyset, Factor, Topic);
}

/// <summary>Finds the members of a copyset from its blocks, if the row with the members cannot be read.</summary>
internal sealed class RestoredCopyset(CopysetId id)
{
    private BlockHeader? _of;
    private int _factor;

    /// <summary>What was found; null if no intact block was.</summary>
    public RestoredMembers? Result => _of is null ? null
        : new RestoredMembers(id, _of.Copyset, Math.Max(_factor, _of.Copyset.Ordinals.Length), _of.Topic);

    /// <summary>Looks at a block.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var header = BlockCodec.DecodeHeader(bytes);
            if (header.BucketId == id)
            {
                _of = header;
                _factor = Math.Max(_factor, header.ReplicationFactor);
            }
        }
        catch (BlockFormatException)
        {
            // It says nothing.
        }
    }
}
