using System.Numerics;

namespace AllData.Certificates;

/// <summary>Roots and proofs of a Merkle tree whose leaves are at hand (RFC 6962, section 2.1). The work is linear in the leaves.</summary>
internal static class MerkleTree
{
    /// <summary>The root of a tree.</summary>
    /// <param name="leaves">The hashes of its leaves.</param>
    public static TreeHash RootOf(ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length <= 1)
        {
            return leaves.IsEmpty ? TreeHash.Empty : leaves[0];
        }

        var left = LeftOf(leaves.Length);
        return TreeHash.OfNode(RootOf(leaves[..left]), RootOf(leaves[left..]));
    }

    /// <summary>The audit path of a leaf, from its sibling up (section 2.1.1).</summary>
    /// <param name="leaves">The hashes of all leaves.</param>
    /// <param name="index">The leaf, from 0.</param>
    public static IReadOnlyList<TreeHash> InclusionPath(ReadOnlySpan<TreeHash> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        var path = new List<TreeHash>();
        while (leaves.Length > 1)
        {
            var left = LeftOf(leaves.Length);
            path.Add(RootOf(index < left ? leaves[left..] : leaves[..left]));
            leaves = index < left ? leaves[..left] : leaves[left..];
            index = index < left ? index : index - left;
        }

        path.Reverse();
        return path;
    }

    /// <summary>What proves that the tree of the first leaves is the beginning of the tree of all (section 2.1.2).</summary>
    /// <param name="leaves">The hashes of all leaves.</param>
    /// <param name="first">Leaves of the smaller tree.</param>
    /// <returns>Empty where the smaller tree is empty or is the whole tree.</returns>
    public static IReadOnlyList<TreeHash> ConsistencyPath(ReadOnlySpan<TreeHash> leaves, int first)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, leaves.Length);
        var path = new List<TreeHash>();
        var isWhole = true;
        while (first > 0 && first < leaves.Length)
        {
            var left = LeftOf(leaves.Length);
            path.Add(RootOf(first <= left ? leaves[left..] : leaves[..left]));
            isWhole &= first <= left;
            leaves = first <= left ? leaves[..left] : leaves[left..];
            first = first <= left ? first : first - left;
        }

        // A smaller tree that is a full subtree from the first leaf on is known to the one that checks.
        if (!isWhole)
        {
            path.Add(RootOf(leaves));
        }

        path.Reverse();
        return path;
    }

    // The largest power of two that is smaller than the number of leaves.
    private static int LeftOf(int leaves) => 1 << BitOperations.Log2((uint)leaves - 1);
}
