using System.Buffers.Binary;

namespace AllData.Certificates;

/// <summary>What a log's tree and its entries are served as (C2SP tlog-tiles).</summary>
internal static class LogTiles
{
    /// <summary>Most bytes of an entry: its length is written in 16 bits.</summary>
    public const int MaxEntryLength = ushort.MaxValue;

    private const int LevelBits = 8;

    /// <summary>The number of hashes that a tree has at a level of the tiles.</summary>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="level">The level; 0: the leaves.</param>
    public static long CountAt(long size, int level) => level * LevelBits > 62 ? 0 : size >> (level * LevelBits);

    /// <summary>Whether a tree has what a path names; it need not name all that the tree has there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="size">Leaves of the tree.</param>
    public static bool Has(TilePath path, long size) =>
        path.Index <= size / TilePath.FullWidth && (path.Index * TilePath.FullWidth) + path.Width <= CountAt(size, path.Level ?? 0);

    /// <summary>The hashes of a tile; each above level 0 is the root of a whole tile of the level below.</summary>
    /// <param name="path">A path that the tree has.</param>
    /// <param name="leaves">The hashes of the tree's leaves.</param>
    public static byte[] TileOf(TilePath path, ReadOnlySpan<TreeHash> leaves)
    {
        var bytes = new byte[path.Width * TreeHash.BinaryLength];
        var span = 1 << ((path.Level ?? 0) * LevelBits);
        for (var i = 0; i < path.Width; i++)
        {
            var first = checked((int)((path.Index * TilePath.FullWidth) + i)) * span;
            MerkleTree.RootOf(leaves.Slice(first, span)).WriteTo(bytes.AsSpan(i * TreeHash.BinaryLength));
        }

        return bytes;
    }

    /// <summary>Entries as a bundle: the length of each in 16 bits, big-endian, and its bytes.</summary>
    /// <exception cref="ArgumentException">An entry is too long.</exception>
    public static byte[] WriteBundle(IEnumerable<ReadOnlyMemory<byte>> entries)
    {
        var bundle = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        foreach (var entry in entries)
        {
            if (entry.Length > MaxEntryLength)
            {
                throw new ArgumentException($"An entry of a log has at most {MaxEntryLength} bytes, not {entry.Length}.", nameof(entries));
            }

            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
            bundle.Write(length);
            bundle.Write(entry.Span);
        }

        return bundle.ToArray();
    }

    /// <summary>The entries of a bundle.</summary>
    /// <exception cref="CertificateFormatException">The bytes end within an entry.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ReadBundle(ReadOnlyMemory<byte> bundle)
    {
        var entries = new List<ReadOnlyMemory<byte>>();
        while (!bundle.IsEmpty)
        {
            var length = bundle.Length < sizeof(ushort) ? bundle.Length : BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            if (bundle.Length < sizeof(ushort) + length)
            {
                throw new CertificateFormatException($"A bundle of a log's entries ends within entry {entries.Count}.");
            }

            entries.Add(bundle.Slice(sizeof(ushort), length));
            bundle = bundle[(sizeof(ushort) + length)..];
        }

        return entries;
    }
}
