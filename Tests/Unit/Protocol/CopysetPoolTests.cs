using AllData.Errors;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

public sealed class CopysetPoolTests
{
    private readonly Random _random = new(42);

    [Fact]
    public void Only_so_many_copysets_are_in_use_and_all_of_them_are()
    {
        var topology = TestTopology.Plentiful();
        var pool = new CopysetPool(TestTopology.Policy(3, 1, 1), TestTopology.At(topology, 1), copysets: 16);

        var ids = Enumerable.Range(0, 2_000).Select(_ => pool.Next(topology, _random).Copyset.Id).ToHashSet();

        Assert.InRange(ids.Count, 12, 16); // 16 draws of 1,200 possible ones seldom coincide
    }

    [Fact]
    public void A_new_topology_means_new_copysets_from_it()
    {
        var before = TestTopology.Of("r/a", "r/b");
        var after = TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(3, "r/c")], version: 2);
        var pool = new CopysetPool(TestTopology.Policy(2), TestTopology.At(before, 1));

        Assert.Equal(["p1", "p2"], pool.Next(before, _random).Members.Names());
        Assert.Equal(["p1", "p3"], pool.Next(after, _random).Members.Names());
        Assert.Same(after, pool.Next(after, _random).Topology);
    }

    [Fact]
    public void Too_few_peers_are_refused_each_time_and_no_more_once_there_are_enough()
    {
        var few = TestTopology.Of("r/a");
        var pool = new CopysetPool(TestTopology.Policy(2), TestTopology.At(few, 1));

        Assert.Throws<NotEnoughPeersException>(() => pool.Next(few, _random));
        Assert.Throws<NotEnoughPeersException>(() => pool.Next(few, _random));
        Assert.Equal(2, pool.Next(TestTopology.Of("r/a", "r/b"), _random).Members.Length);
    }

    [Fact]
    public void A_pool_of_no_copysets_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new CopysetPool(TestTopology.Policy(1), new LocalPeer(Peers.PeerId.Parse("p1"), new("r", "z")), copysets: 0));
}
