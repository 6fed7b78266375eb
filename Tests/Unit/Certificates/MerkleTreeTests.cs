using AllData.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>Trees and proofs against the vectors of Certificate Transparency's tests (RFC 6962) and a second implementation.</summary>
public sealed class MerkleTreeTests
{
    private const int LargestTree = 33;

    private static readonly byte[][] Entries =
    [
        .. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }.Select(Convert.FromHexString),
    ];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void The_published_roots_come_out()
    {
        var range = new CompactRange();
        for (var size = 0; size <= Entries.Length; size++)
        {
            Assert.Equal(Roots[size], range.Root.ToString());
            Assert.Equal(Roots[size], MerkleTree.RootOf(LeavesOf(Entries[..size])).ToString());
            Assert.Equal(Roots[size], Convert.ToHexStringLower(IndependentTree.Hash(Entries[..size])));
            if (size < Entries.Length)
            {
                Assert.Equal(Roots[size + 1], range.RootWith(TreeHash.OfLeaf(Entries[size])).ToString());
                range.Append(TreeHash.OfLeaf(Entries[size]));
            }
        }
    }

    [Theory]
    [InlineData(0, 1, new string[0])]
    [InlineData(0, 8, new[]
    {
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    })]
    [InlineData(5, 8, new[]
    {
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    })]
    [InlineData(2, 3, new[] { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" })]
    public void The_published_paths_come_out_and_hold(int index, int size, string[] path)
    {
        var leaves = LeavesOf(Entries[..size]);
        Assert.Equal(path, MerkleTree.InclusionPath(leaves, index).Select(static h => h.ToString()));
        Assert.True(MerkleProof.IsIncluded(index, size, leaves[index], [.. path.Select(static h => TreeHash.Parse(h))], TreeHash.Parse(Roots[size])));
    }

    [Theory]
    [InlineData(1, 1, new string[0])]
    [InlineData(1, 8, new[]
    {
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    })]
    [InlineData(6, 8, new[]
    {
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    })]
    [InlineData(2, 5, new[]
    {
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    })]
    public void The_published_proofs_of_consistency_come_out_and_hold(int first, int size, string[] path)
    {
        Assert.Equal(path, MerkleTree.ConsistencyPath(LeavesOf(Entries[..size]), first).Select(static h => h.ToString()));
        Assert.True(MerkleProof.IsConsistent(
            first, TreeHash.Parse(Roots[first]), size, TreeHash.Parse(Roots[size]), [.. path.Select(static h => TreeHash.Parse(h))]));
    }

    [Fact]
    public void Every_leaf_of_every_tree_is_proven_as_the_second_implementation_proves_it()
    {
        var entries = RandomEntries(LargestTree);
        for (var size = 1; size <= LargestTree; size++)
        {
            var (some, leaves) = (entries[..size], LeavesOf(entries[..size]));
            var root = MerkleTree.RootOf(leaves);
            Assert.Equal(Convert.ToHexStringLower(IndependentTree.Hash(some)), root.ToString());
            var range = new CompactRange();
            var followed = leaves.Select(range.AppendFollowed).ToList();
            Assert.Equal(root, range.Root);
            for (var index = 0; index < size; index++)
            {
                var path = MerkleTree.InclusionPath(leaves, index);
                Assert.Equal(IndependentTree.Path(index, some).Select(Convert.ToHexStringLower), path.Select(static h => h.ToString()));
                Assert.Equal(path, range.PathOf(followed[index]));
                Assert.True(MerkleProof.IsIncluded(index, size, leaves[index], path, root));
                AssertRefused(index, size, leaves[index], path, root);
            }
        }
    }

    [Fact]
    public void Every_beginning_of_every_tree_is_proven_as_the_second_implementation_proves_it()
    {
        var entries = RandomEntries(LargestTree);
        for (var size = 1; size <= LargestTree; size++)
        {
            var leaves = LeavesOf(entries[..size]);
            var root = MerkleTree.RootOf(leaves);
            for (var first = 1; first < size; first++)
            {
                var (path, firstRoot) = (MerkleTree.ConsistencyPath(leaves, first), MerkleTree.RootOf(leaves.AsSpan(0, first)));
                Assert.Equal(IndependentTree.Proof(first, entries[..size]).Select(Convert.ToHexStringLower), path.Select(static h => h.ToString()));
                Assert.True(MerkleProof.IsConsistent(first, firstRoot, size, root, path));
                Assert.False(MerkleProof.IsConsistent(first, Other(firstRoot), size, root, path));
                Assert.False(MerkleProof.IsConsistent(first, firstRoot, size, Other(root), path));
                Assert.False(MerkleProof.IsConsistent(first, firstRoot, size, root, [.. path, root]));
                Assert.False(MerkleProof.IsConsistent(first, firstRoot, size, root, [.. path.Skip(1)]));
                Assert.All(Enumerable.Range(0, path.Count), i => Assert.False(MerkleProof.IsConsistent(first, firstRoot, size, root, Changed(path, i))));
            }

            Assert.True(MerkleProof.IsConsistent(0, TreeHash.Empty, size, root, []));
            Assert.True(MerkleProof.IsConsistent(size, root, size, root, []));
            Assert.False(MerkleProof.IsConsistent(size, root, size, Other(root), []));
            Assert.False(MerkleProof.IsConsistent(size + 1, root, size, root, []));
            Assert.False(MerkleProof.IsConsistent(0, root, size, root, []));
        }
    }

    [Fact]
    public void A_node_is_no_leaf()
    {
        // Without the prefixes, an entry of two hashes would have the hash of their node.
        var (left, right) = (TreeHash.OfLeaf([1]), TreeHash.OfLeaf([2]));
        var both = new byte[64];
        left.WriteTo(both);
        right.WriteTo(both.AsSpan(32));
        Assert.NotEqual(TreeHash.OfNode(left, right), TreeHash.OfLeaf(both));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AEB6BCFE274B70A14FB067A5E5578264DB0FA9B51AF5E0BA159158F329E06E77")]
    [InlineData("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e7")]
    [InlineData("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e7g")]
    public void A_hash_has_one_form(string text) => Assert.Throws<FormatException>(() => TreeHash.Parse(text));

    [Theory]
    [InlineData("f+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=", true)]
    [InlineData("f+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP1=", false)]
    [InlineData("f+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0", false)]
    [InlineData(" f+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=", false)]
    [InlineData("f-7CoKgXKE_tNys9TTXcr_ad6U_K3xvznmzew9y6SP0=", false)]
    public void Base64_has_one_form(string text, bool isOne)
    {
        Assert.Equal(isOne, TreeHash.TryParseBase64(text, out var hash));
        Assert.Equal(isOne, isOne && hash.Base64 == text);
    }

    private static void AssertRefused(int index, int size, TreeHash leaf, IReadOnlyList<TreeHash> path, TreeHash root)
    {
        Assert.False(MerkleProof.IsIncluded(index, size, Other(leaf), path, root));
        Assert.False(MerkleProof.IsIncluded(index, size, leaf, path, Other(root)));
        Assert.False(MerkleProof.IsIncluded(index, size, leaf, [.. path, root], root));
        Assert.False(MerkleProof.IsIncluded(size, size, leaf, path, root));
        Assert.False(MerkleProof.IsIncluded(-1, size, leaf, path, root));
        Assert.All(Enumerable.Range(0, path.Count), i => Assert.False(MerkleProof.IsIncluded(index, size, leaf, Changed(path, i), root)));
        Assert.All(Enumerable.Range(0, size).Where(i => i != index), i => Assert.False(MerkleProof.IsIncluded(i, size, leaf, path, root)));
        if (path.Count > 0)
        {
            Assert.False(MerkleProof.IsIncluded(index, size, leaf, [.. path.Skip(1)], root));
        }
    }

    private static byte[][] RandomEntries(int count)
    {
        var random = new Random(6962);
        return [.. Enumerable.Range(0, count).Select(_ => { var bytes = new byte[random.Next(40)]; random.NextBytes(bytes); return bytes; })];
    }

    private static TreeHash[] LeavesOf(byte[][] entries) => [.. entries.Select(static e => TreeHash.OfLeaf(e))];

    private static IReadOnlyList<TreeHash> Changed(IReadOnlyList<TreeHash> path, int index) => [.. path.Select((hash, i) => i == index ? Other(hash) : hash)];

    // One bit is another.
    private static TreeHash Other(TreeHash hash)
    {
        var bytes = new byte[TreeHash.BinaryLength];
        hash.WriteTo(bytes);
        bytes[^1] ^= 1;
        return TreeHash.ReadFrom(bytes);
    }
}
