namespace AllData.Certificates;

/// <summary>
/// The Merkle tree of a stream of leaves (RFC 6962, section 2.1). It keeps the roots of the full subtrees only, the largest first (a compact range that
/// begins at the first leaf), and the paths of the leaves that are followed: memory is O(log n).
/// </summary>
internal sealed class CompactRange
{
    private readonly List<TreeHash> _roots;
    private readonly List<FollowedLeaf> _followed = [];

    /// <summary>Begins without leaves.</summary>
    public CompactRange() => _roots = [];

    private CompactRange(CompactRange other)
    {
        _roots = [.. other._roots];
        Size = other.Size;
    }

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>The root of the tree of the leaves so far.</summary>
    public TreeHash Root => Fold(static (_, _, _) => { });

    /// <summary>The root of the tree with one more leaf, which is not taken.</summary>
    /// <param name="leaf">Its hash.</param>
    public TreeHash RootWith(TreeHash leaf)
    {
        // With the new leaf on the right, folding all subtrees merges those of equal size first, as appending does.
        var right = leaf;
        for (var slot = _roots.Count - 1; slot >= 0; slot--)
        {
            right = TreeHash.OfNode(_roots[slot], right);
        }

        return right;
    }

    /// <summary>A range of the same leaves, which grows by itself; it follows none of them.</summary>
    public CompactRange Copy() => new(this);

    /// <summary>Takes the next leaf.</summary>
    /// <param name="leaf">Its hash.</param>
    public void Append(TreeHash leaf)
    {
        _roots.Add(leaf);
        for (var left = Size; (left & 1) == 1; left >>= 1)
        {
            MergeLast();
        }

        Size++;
    }

    /// <summary>Takes the next leaf, and keeps what proves that it is in the tree.</summary>
    /// <param name="leaf">Its hash.</param>
    /// <returns>For <see cref="PathOf"/>.</returns>
    public FollowedLeaf AppendFollowed(TreeHash leaf)
    {
        var followed = new FollowedLeaf(Size, leaf) { Slot = _roots.Count };
        _followed.Add(followed);
        Append(leaf);
        return followed;
    }

    /// <summary>The audit path of a leaf in the tree of the leaves so far, from its sibling up (RFC 6962, section 2.1.1).</summary>
    public IReadOnlyList<TreeHash> PathOf(FollowedLeaf leaf)
    {
        var path = new List<TreeHash>(leaf.Path);
        Fold((slot, left, right) =>
        {
            if (slot == leaf.Slot)
            {
                path.Add(right);
            }
            else if (slot < leaf.Slot)
            {
                path.Add(left);
            }
        });
        return path;
    }

    private void MergeLast()
    {
        var slot = _roots.Count - 2;
        var (left, right) = (_roots[slot], _roots[slot + 1]);
        foreach (var leaf in _followed)
        {
            if (leaf.Slot >= slot)
            {
                leaf.Path.Add(leaf.Slot == slot ? right : left);
                leaf.Slot = slot;
            }
        }

        _roots[slot] = TreeHash.OfNode(left, right);
        _roots.RemoveAt(slot + 1);
    }

    // From the smallest subtree to the largest: what is right of a subtree is folded before it.
    private TreeHash Fold(Action<int, TreeHash, TreeHash> onNode)
    {
        if (_roots.Count == 0)
        {
            return TreeHash.Empty;
        }

        var right = _roots[^1];
        for (var slot = _roots.Count - 2; slot >= 0; slot--)
        {
            onNode(slot, _roots[slot], right);
            right = TreeHash.OfNode(_roots[slot], right);
        }

        return right;
    }
}
