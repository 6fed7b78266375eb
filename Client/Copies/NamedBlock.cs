using System.Buffers.Binary;
using AllData.Events;
using AllData.Replication;

namespace AllData.Client.Copies;

/// <summary>A block as a replica names it: an entry of a <see cref="BlockList"/>.</summary>
/// <param name="Id">Its id, as <c>inspect</c> shows it: <c>ordinal.incarnation.sequence</c>.</param>
/// <param name="Copyset">Its copyset.</param>
/// <param name="Events">Events in it.</param>
internal readonly record struct NamedBlock(string Id, CopysetId Copyset, int Events)
{
    private const int Length = 48;

    /// <summary>Reads all entries of a list.</summary>
    public static IEnumerable<NamedBlock> ReadAll(BlockList list) => list.Entries.Chunk(Length).Select(static entry => new NamedBlock(
        $"{Int32At(entry, 0)}.{Int32At(entry, 4)}.{Int64At(entry, 8)}", new CopysetId(Int64At(entry, 16)), Int32At(entry, 40)));

    private static int Int32At(byte[] entry, int offset) => BinaryPrimitives.ReadInt32BigEndian(entry.AsSpan(offset));

    private static long Int64At(byte[] entry, int offset) => BinaryPrimitives.ReadInt64BigEndian(entry.AsSpan(offset));
}
