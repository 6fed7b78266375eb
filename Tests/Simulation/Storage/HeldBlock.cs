using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Simulation.Storage;

/// <summary>A block on a disk.</summary>
internal sealed class HeldBlock(Block block, long number)
{
    /// <summary>The block as it was written.</summary>
    public Block Block => block;

    /// <summary>Its place in a walk.</summary>
    public BlockPosition Position { get; } = new(block.Header.FirstKey, block.Header.LastKey, number);

    /// <summary>What lies on the disk now.</summary>
    public byte[] Bytes { get; private set; } = block.Bytes.Bytes;

    /// <summary>Whether bytes of it have changed.</summary>
    public bool IsFlipped => Bytes != block.Bytes.Bytes;

    /// <summary>Flips a bit.</summary>
    public void Flip(int bit)
    {
        Bytes = [.. Bytes];
        Bytes[bit / 8] ^= (byte)(1 << (bit % 8));
    }

    /// <summary>Writes it again.</summary>
    public void Mend() => Bytes = block.Bytes.Bytes;

    /// <summary>Whether its bytes are what its digest says.</summary>
    public bool IsIntact()
    {
        try
        {
            BlockCodec.Verify(Bytes);
            return true;
        }
        catch (BlockFormatException)
        {
            return false;
        }
    }
}
