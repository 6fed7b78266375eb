using System.Security.Cryptography;

namespace AllData.Tests.Unit.Certificates;

/// <summary>
/// Merkle trees and their proofs, written from RFC 6962 (section 2.1) line by line, and sharing nothing with the products: lists of byte arrays, recursion, and
/// checks that put the tree together again from the definition of a path.
/// </summary>
internal static class IndependentTree
{
    /// <summary>MTH(D[n]).</summary>
    public static byte[] Hash(IReadOnlyList<byte[]> entries)
    {
        if (entries.Count == 0)
        {
            return SHA256.HashData([]);
        }

        if (entries.Count == 1)
        {
            return SHA256.HashData([0x00, .. entries[0]]);
        }

        var k = Split(entries.Count);
        return SHA256.HashData([0x01, .. Hash([.. entries.Take(k)]), .. Hash([.. entries.Skip(k)])]);
    }

    /// <summary>PATH(m, D[n]).</summary>
    public static List<byte[]> Path(int m, IReadOnlyList<byte[]> entries)
    {
        if (entries.Count == 1)
        {
            return [];
        }

        var k = Split(entries.Count);
        return m < k
            ? [.. Path(m, [.. entries.Take(k)]), Hash([.. entries.Skip(k)])]
            : [.. Path(m - k, [.. entries.Skip(k)]), Hash([.. entries.Take(k)])];
    }

    /// <summary>PROOF(m, D[n]) for 0 &lt; m &lt; n.</summary>
    public static List<byte[]> Proof(int m, IReadOnlyList<byte[]> entries) => Subproof(m, entries, isComplete: true);

    /// <summary>The root that a path leads to from the hash of a leaf: the tree is split as it was when the path was made.</summary>
    public static byte[]? RootFrom(byte[] leafHash, long index, long size, IReadOnlyList<byte[]> path)
    {
        if (size <= 1)
        {
            return size == 1 && index == 0 && path.Count == 0 ? leafHash : null;
        }

        if (path.Count == 0 || index < 0 || index >= size)
        {
            return null;
        }

        long k = 1;
        while (k * 2 < size)
        {
            k *= 2;
        }

        byte[][] inner = [.. path.Take(path.Count - 1)];
        return index < k
            ? RootFrom(leafHash, index, k, inner) is { } left ? SHA256.HashData([0x01, .. left, .. path[^1]]) : null
            : RootFrom(leafHash, index - k, size - k, inner) is { } right ? SHA256.HashData([0x01, .. path[^1], .. right]) : null;
    }

    private static List<byte[]> Subproof(int m, IReadOnlyList<byte[]> entries, bool isComplete)
    {
        if (m == entries.Count)
        {
            return isComplete ? [] : [Hash(entries)];
        }

        var k = Split(entries.Count);
        return m <= k
            ? [.. Subproof(m, [.. entries.Take(k)], isComplete), Hash([.. entries.Skip(k)])]
            : [.. Subproof(m - k, [.. entries.Skip(k)], isComplete: false), Hash([.. entries.Take(k)])];
    }

    private static int Split(int n)
    {
        var k = 1;
        while (k * 2 < n)
        {
            k *= 2;
        }

        return k;
    }
}
