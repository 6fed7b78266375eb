using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class RegionFetcherTests
{
    [Fact]
    public void Of_the_peers_of_a_region_exactly_one_fetches_and_when_it_is_away_another_one()
    {
        var random = new Random(31);
        for (var round = 0; round < 500; round++)
        {
            var topology = TestTopology.Random(random, 12, percentInactive: 0);
            var responsible = Enumerable.Range(0, topology.Count).Where(_ => random.Next(3) > 0).ToImmutableArray();
            var copyset = new CopysetId(random.NextInt64());
            var away = new HashSet<PeerId>();
            foreach (var region in responsible.GroupBy(i => topology[i].Location.Region))
            {
                // Until the last one is left.
                foreach (var _ in region)
                {
                    var fetcher = Assert.Single(region.Where(i => !away.Contains(topology[i].Id))
                        .Select(i => RegionFetcher.Find(topology, copyset, responsible, i, peer => !away.Contains(peer))).Distinct());
                    Assert.Contains(fetcher, region);
                    Assert.True(away.Add(topology[fetcher].Id), "It was away.");
                }
            }
        }
    }

    [Fact]
    public void The_order_in_which_peers_are_responsible_plays_no_part()
    {
        var topology = TestTopology.Of("north/a", "north/b", "north/c", "west/d");
        for (var copyset = 0; copyset < 50; copyset++)
        {
            Assert.Equal(
                RegionFetcher.Find(topology, new CopysetId(copyset), [0, 1, 2, 3], 0, static _ => true),
                RegionFetcher.Find(topology, new CopysetId(copyset), [3, 2, 1, 0], 2, static _ => true));
        }
    }

    [Fact]
    public void The_work_is_shared_copyset_by_copyset()
    {
        var topology = TestTopology.Of("north/a", "north/b", "west/c");
        var mine = Enumerable.Range(0, 1_000).Count(c => RegionFetcher.Find(topology, new CopysetId(c), [0, 1, 2], 0, static _ => true) == 0);
        Assert.InRange(mine, 400, 600);
    }

    [Fact]
    public void Peers_are_compared_with_in_the_order_of_their_distance()
    {
        var topology = TestTopology.Of(
            [TestTopology.Peer(1, "west/c"), TestTopology.Peer(2, "north/b"), TestTopology.Peer(3, "north/a"), TestTopology.Peer(4, "north/a"),
                TestTopology.Peer(5, "north/a", stores: false)]);
        Assert.Equal(
            [("p4", PeerDistance.Zone), ("p2", PeerDistance.Region), ("p1", PeerDistance.OtherRegion)],
            RepairOrder.Of(topology, PeerId.Parse("p3")).Select(static p => (p.Peer.Value, p.Distance)));
        Assert.Equal(4, RepairOrder.Of(topology, PeerId.Parse("p9")).Count);
    }
}
