using System.Buffers.Binary;
using System.IO.Hashing;

namespace AllData.Protocol.Topologies;

/// <summary>
/// Rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking, 1998):
/// the peer with the largest weight for an item gets it. Every peer computes the same answer without asking, and when a peer leaves only its items
/// move.
/// </summary>
internal static class Rendezvous
{
    /// <summary>
    /// How much a data directory weighs for a thing: XXH3 (64 bits) over the thing's id and the ordinal, little-endian. Frozen: peers of
    /// different versions must agree.
    /// </summary>
    public static ulong WeightOf(long id, int ordinal)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + sizeof(int)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(long)..], ordinal);
        return XxHash3.HashToUInt64(bytes);
    }
}
