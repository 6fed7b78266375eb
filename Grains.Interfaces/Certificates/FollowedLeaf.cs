namespace AllData.Certificates;

/// <summary>A leaf whose path to the root is kept while the tree grows: <see cref="CompactRange.PathOf"/>.</summary>
/// <param name="index">Its place in the tree, from 0.</param>
/// <param name="hash">Its hash.</param>
internal sealed class FollowedLeaf(long index, TreeHash hash)
{
    /// <summary>Its place in the tree, from 0.</summary>
    public long Index { get; } = index;

    /// <summary>Its hash.</summary>
    public TreeHash Hash { get; } = hash;

    /// <summary>The sibling hashes up to the full subtree that it lies in.</summary>
    internal List<TreeHash> Path { get; } = [];

    /// <summary>The place of that subtree among the roots of the range.</summary>
    internal int Slot { get; set; }
}
