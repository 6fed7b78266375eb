using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>Finds the members of a copyset from its blocks, if the row with the members cannot be read.</summary>
internal sealed class RestoredCopyset(CopysetId id)
{
    private Copyset? _copyset;
    private int _factor;

    /// <summary>The copyset and the largest number of copies that a block requests; null if no intact block was found.</summary>
    public (Copyset Copyset, int Factor)? Result => _copyset is null ? null : (_copyset, Math.Max(_factor, _copyset.Ordinals.Length));

    /// <summary>Looks at a block.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var header = BlockCodec.DecodeHeader(bytes);
            if (header.Copyset.Id == id)
            {
                _copyset = header.Copyset;
                _factor = Math.Max(_factor, header.ReplicationFactor);
            }
        }
        catch (BlockFormatException)
        {
            // It says nothing.
        }
    }
}
