using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>Finds out from blocks which peers are the members of their copyset, where the row that says so cannot be read.</summary>
internal sealed class RestoredCopyset(CopysetId id)
{
    private Copyset? _copyset;
    private int _factor;

    /// <summary>The copyset and the largest number of copies that a block asks for; null when no intact block was met.</summary>
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
