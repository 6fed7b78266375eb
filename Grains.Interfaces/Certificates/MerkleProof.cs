using System.Numerics;

namespace AllData.Certificates;

/// <summary>The checks of the proofs of Merkle trees, as RFC 9162 writes them (sections 2.1.3.2 and 2.1.4.2).</summary>
internal static class MerkleProof
{
    /// <summary>Whether a path proves that a leaf is in a tree.</summary>
    /// <param name="index">The leaf's place, from 0.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="path">From the leaf's sibling up.</param>
    /// <param name="root">The tree's root.</param>
    public static bool IsIncluded(long index, long size, TreeHash leaf, IReadOnlyList<TreeHash> path, TreeHash root)
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        var (place, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in path)
        {
            if (last == 0)
            {
                return false;
            }

            if (IsRight(place, last))
            {
                hash = TreeHash.OfNode(sibling, hash);
                SkipMissing(ref place, ref last);
            }
            else
            {
                hash = TreeHash.OfNode(hash, sibling);
            }

            place >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether a path proves that a smaller tree is the beginning of a larger one. The empty tree is that of every tree.</summary>
    /// <param name="firstSize">Leaves of the smaller tree.</param>
    /// <param name="firstRoot">Its root.</param>
    /// <param name="size">Leaves of the larger tree.</param>
    /// <param name="root">Its root.</param>
    /// <param name="path">The proof.</param>
    public static bool IsConsistent(long firstSize, TreeHash firstRoot, long size, TreeHash root, IReadOnlyList<TreeHash> path)
    {
        if (firstSize < 0 || firstSize > size)
        {
            return false;
        }

        if (firstSize == 0 || firstSize == size)
        {
            return path.Count == 0 && firstRoot == (firstSize == size ? root : TreeHash.Empty);
        }

        return path.Count > 0 && Climb(firstSize, firstRoot, size, root, path);
    }

    private static bool Climb(long firstSize, TreeHash firstRoot, long size, TreeHash root, IReadOnlyList<TreeHash> path)
    {
        // A smaller tree of a power of two is a node of the larger one: the path leaves it out.
        var isNode = BitOperations.IsPow2(firstSize);
        var (place, last) = (firstSize - 1, size - 1);
        while ((place & 1) == 1)
        {
            place >>= 1;
            last >>= 1;
        }

        var first = isNode ? firstRoot : path[0];
        var second = first;
        for (var i = isNode ? 0 : 1; i < path.Count; i++)
        {
            if (last == 0)
            {
                return false;
            }

            if (IsRight(place, last))
            {
                first = TreeHash.OfNode(path[i], first);
                second = TreeHash.OfNode(path[i], second);
                SkipMissing(ref place, ref last);
            }
            else
            {
                second = TreeHash.OfNode(second, path[i]);
            }

            place >>= 1;
            last >>= 1;
        }

        return last == 0 && first == firstRoot && second == root;
    }

    private static bool IsRight(long place, long last) => (place & 1) == 1 || place == last;

    // The last node of a level may have no sibling: it moves up unchanged.
    private static void SkipMissing(ref long place, ref long last)
    {
        while ((place & 1) == 0 && place != 0)
        {
            place >>= 1;
            last >>= 1;
        }
    }
}
