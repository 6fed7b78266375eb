using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class CopysetResolverTests
{
    private static readonly string[] Seed = ["north/a", "north/b", "west/c", "west/d", "east/e", "east/f"];

    [Fact]
    public void The_members_themselves_owe_the_copies_whoever_is_alive_read_only_or_wiped()
    {
        var cluster = new RegisteredCluster(Seed);
        var copyset = cluster.Copyset(3, "p1", "p2", "p3");
        Assert.Equal(["p1", "p2", "p3"], cluster.MembersOf(copyset));

        cluster.Wipe("p1");
        Assert.Equal(["p1", "p2", "p3"], cluster.MembersOf(copyset));
    }

    [Theory]
    [InlineData("p1 p2 p3", "p3", "p4")] // west has another peer
    [InlineData("p1 p2 p3", "p1", "p4 p5 p6")] // no other peer in north: three zones and two regions stay
    [InlineData("p1 p3 p5", "p3", "p4")] // three regions stay
    [InlineData("p1 p3 p5", "p1", "p2")]
    public void A_successor_keeps_the_spread_and_then_the_region(string members, string leaver, string successors)
    {
        var cluster = new RegisteredCluster(Seed);
        var copyset = cluster.Copyset(3, members.Split(' '));
        cluster.Drop(leaver);

        var successor = Assert.Single(cluster.MembersOf(copyset).Except(members.Split(' ')));
        Assert.Contains(successor, successors.Split(' '));
    }

    [Theory]
    [InlineData("r/a s/a r/b r/c r/d r/e t/a", "p1 p2", "p2", "p7")] // two regions stay, though most others are in the first one
    [InlineData("r/a r/b r/a r/a r/a s/a", "p1 p2", "p2", "p6")] // two zones stay, though in another region
    public void A_successor_in_another_region_is_better_than_one_beside_a_member(string locations, string members, string leaver, string successor)
    {
        var cluster = new RegisteredCluster(locations.Split(' '));
        var copyset = cluster.Copyset(2, members.Split(' '));
        cluster.Drop(leaver);

        Assert.Equal(members.Split(' ').Except([leaver]).Append(successor), cluster.MembersOf(copyset));
    }

    [Fact]
    public void A_successor_in_the_zone_of_the_leaver_is_preferred_where_the_spread_is_the_same()
    {
        var cluster = new RegisteredCluster("r/a", "r/a", "r/b", "r/c", "r/d", "s/a");
        var copyset = cluster.Copyset(2, "p1", "p3");
        cluster.Drain("p1");

        Assert.Equal(["p2", "p3"], cluster.MembersOf(copyset));
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("away")]
    [InlineData("drop")]
    public void A_peer_that_returns_with_its_data_has_its_place_again(string departure)
    {
        var cluster = new RegisteredCluster(Seed);
        var copyset = cluster.Copyset(3, "p1", "p2", "p3");
        Leave(cluster, "p1", departure);
        Assert.DoesNotContain("p1", cluster.MembersOf(copyset));

        switch (departure)
        {
            case "drain":
                cluster.Undrain("p1");
                break;
            case "away":
                cluster.Return("p1");
                break;
            default:
                cluster.Revive("p1");
                break;
        }

        Assert.Equal(["p1", "p2", "p3"], cluster.MembersOf(copyset));
        Assert.Empty(cluster.Topology.Snapshot.Replacements);
    }

    [Fact]
    public void Who_returns_with_an_empty_directory_after_the_grace_period_owes_only_what_names_it_anew()
    {
        var cluster = new RegisteredCluster(Seed);
        var before = cluster.Copyset(3, "p1", "p2", "p3");
        cluster.Lose("p1");
        var successors = cluster.MembersOf(before);
        cluster.Wipe("p1");

        Assert.Equal(successors, cluster.MembersOf(before));
        Assert.Equal(["p1", "p2", "p3"], cluster.MembersOf(cluster.Copyset(3, "p1", "p2", "p3")));

        // Drained later, it is replaced in both, and one entry more says so.
        cluster.Drain("p1");
        Assert.Equal(successors, cluster.MembersOf(before));
        Assert.DoesNotContain("p1", cluster.MembersOf(cluster.Copyset(3, "p1", "p2", "p3")));
        Assert.Equal(2, cluster.Topology.Snapshot.Replacements.Length);
    }

    [Fact]
    public void Successors_are_replaced_in_their_turn()
    {
        var cluster = new RegisteredCluster(Seed);
        var copyset = cluster.Copyset(3, "p1", "p3", "p5");
        cluster.Drop("p3");
        Assert.Equal(["p1", "p4", "p5"], cluster.MembersOf(copyset));

        cluster.Drain("p4");
        var third = Assert.Single(cluster.MembersOf(copyset).Except(["p1", "p5"]));
        Assert.Contains(third, new[] { "p2", "p6" });
        cluster.Drop(third);
        Assert.Equal(3, cluster.MembersOf(copyset).Length);

        // The one in the middle comes back, and with it its place.
        cluster.Undrain("p4");
        Assert.Equal(["p1", "p4", "p5"], cluster.MembersOf(copyset));
    }

    [Fact]
    public void A_copyset_that_is_too_small_grows_when_there_are_peers_new_regions_and_zones_first()
    {
        var cluster = new RegisteredCluster("r/a");
        var copyset = cluster.Copyset(3, "p1");
        Assert.Equal(["p1"], cluster.MembersOf(copyset));

        cluster.Join("r/a");
        cluster.Join("r/b");
        Assert.Equal(["p1", "p2", "p3"], cluster.MembersOf(copyset));
        cluster.Join("s/a");
        Assert.Equal(["p1", "p3", "p4"], cluster.MembersOf(copyset));

        // Two more regions are better than any zone of the first one.
        cluster.Join("t/a");
        Assert.Equal(["p1", "p4", "p5"], cluster.MembersOf(copyset));
    }

    [Fact]
    public void A_place_without_a_successor_is_filled_when_there_are_peers_again()
    {
        var cluster = new RegisteredCluster("r/a", "r/b");
        var copyset = cluster.Copyset(2, "p1", "p2");
        cluster.Drop("p2");
        Assert.Equal(["p1"], cluster.MembersOf(copyset));

        cluster.Join("r/c");
        Assert.Equal(["p1", "p3"], cluster.MembersOf(copyset));
    }

    [Fact]
    public void Peers_that_do_not_store_and_ordinals_that_nobody_knows_owe_nothing()
    {
        var topology = TestTopology.Of([TestTopology.Peer(1, "r/a"), TestTopology.Peer(2, "r/b", stores: false)]);

        Assert.Equal([0], new CopysetResolver(topology).MembersOf(new CopysetDefinition(new(7), [1, 2, 99], 3)).AsEnumerable());
    }

    [Fact]
    public void An_ordinal_of_a_cluster_that_has_not_said_a_word_is_not_known_and_so_not_gone()
    {
        var peers = TestTopology.Of("north/a", "north/b", "north/c").Snapshot;
        var unheard = new CopysetResolver(Topology.Prepare(peers, unheard: [new OrdinalRange(600, 1199)]));

        Assert.Equal([1, 0], unheard.MembersOf(new CopysetDefinition(new(7), [1, 2, 600], 3)).AsEnumerable());
        Assert.Equal([0], unheard.MembersOf(new CopysetDefinition(new(8), [1, 600, 1199], 3)).AsEnumerable());

        // The ones that no cluster gives are gone, and the copyset grows as far as it is too small.
        Assert.Equal(3, unheard.MembersOf(new CopysetDefinition(new(9), [1, 2, 1200], 3)).Length);
        Assert.Equal(3, unheard.MembersOf(new CopysetDefinition(new(7), [1, 2, 600], 4)).Length);
        Assert.Equal(3, new CopysetResolver(Topology.Prepare(peers)).MembersOf(new CopysetDefinition(new(7), [1, 2, 600], 3)).Length);
    }

    [Fact]
    public void A_successor_of_a_cluster_that_has_not_said_a_word_leaves_no_place_for_another()
    {
        PeerDescriptor[] peers = [TestTopology.Peer(1, "north/a"), TestTopology.Peer(2, "north/b")];
        var entry = new PeerReplacement(
            1, PeerId.Parse("p3"), 3, ReplacementReason.Dropped,
            [new ReplacementCandidate(2, peers[1].Location), new ReplacementCandidate(600, new PeerLocation("west", "c"))])
        {
            Location = new PeerLocation("west", "d"),
        };
        var snapshot = TestTopology.Of(peers).Snapshot with { Replacements = [entry] };
        var dropped = new DirectoryOrdinal(3, PeerId.Parse("p3"), Guid.Empty);
        snapshot = snapshot with { Ordinals = [.. snapshot.Ordinals, dropped] };
        var copyset = new CopysetDefinition(new(7), [1, 3], 2);

        Assert.Equal([0], new CopysetResolver(Topology.Prepare(snapshot, unheard: [new OrdinalRange(600, 1199)])).MembersOf(copyset).AsEnumerable());
        Assert.Equal([0, 1], new CopysetResolver(Topology.Prepare(snapshot)).MembersOf(copyset).Order());
    }

    [Fact]
    public void Only_copysets_with_the_leaver_change_and_each_of_them_in_one_place()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var cluster = RandomCluster(random, random.Next(2, 25));
            var copysets = Enumerable.Range(0, 20).Select(_ => RandomCopyset(random, cluster)).ToList();
            var before = copysets.ConvertAll(cluster.MembersOf);
            var leaver = cluster.Peers[random.Next(cluster.Peers.Length)];
            Leave(cluster, leaver, random.Next(3) switch { 0 => "drain", 1 => "drop", _ => "away" });
            for (var i = 0; i < copysets.Count; i++)
            {
                var after = cluster.MembersOf(copysets[i]);
                Assert.Equal(before[i].Except([leaver]), after.Intersect(before[i]).Except([leaver]));
                Assert.Equal(!before[i].Contains(leaver), after.SequenceEqual(before[i]));
                Assert.True(after.Except(before[i]).Count() <= 1, $"round {round}: {string.Join(' ', before[i])} became {string.Join(' ', after)}");
            }
        }
    }

    [Fact]
    public void What_is_taken_back_leaves_no_trace()
    {
        var random = new Random(12);
        for (var round = 0; round < 200; round++)
        {
            var cluster = RandomCluster(random, random.Next(4, 25));
            var copysets = Enumerable.Range(0, 10).Select(_ => RandomCopyset(random, cluster)).ToList();
            var before = copysets.ConvertAll(cluster.MembersOf);
            var away = random.GetItems(cluster.Peers, cluster.Peers.Length / 2).Distinct().ToArray();
            cluster.Lose(away);
            Assert.All(copysets, c => Assert.Empty(cluster.MembersOf(c).Intersect(away)));
            Array.ForEach(away, cluster.Return);
            Assert.Equal(before, copysets.ConvertAll(cluster.MembersOf));
        }
    }

    [Fact]
    public void Random_histories_agree_with_the_words_of_the_rule()
    {
        var random = new Random(13);
        for (var round = 0; round < 200; round++)
        {
            var cluster = RandomCluster(random, random.Next(1, 20));
            var copysets = new List<CopysetDefinition>();
            for (var step = 0; step < 12; step++)
            {
                copysets.Add(RandomCopyset(random, cluster));
                Happen(random, cluster);
            }

            var resolver = new CopysetResolver(cluster.Topology);
            foreach (var copyset in copysets)
            {
                var members = RegisteredCluster.NamesOf(cluster.Topology, resolver.MembersOf(copyset));
                Assert.Equal(ResolverOracle.MembersOf(cluster.Topology.Snapshot, copyset), members);
                Assert.Equal(members.Distinct(), members);
            }
        }
    }

    [Fact]
    public void Everybody_names_the_same_whatever_they_were_asked_before()
    {
        var random = new Random(14);
        var cluster = RandomCluster(random, 20);
        cluster.Drop("p3");
        var copysets = Enumerable.Range(0, 100).Select(_ => RandomCopyset(random, cluster)).ToList();
        var one = new CopysetResolver(cluster.Topology);
        var other = new CopysetResolver(cluster.Topology);

        var forwards = copysets.ConvertAll(c => one.MembersOf(c).ToArray());
        copysets.Reverse();
        var backwards = copysets.ConvertAll(c => other.MembersOf(c).ToArray());
        backwards.Reverse();
        Assert.Equal(forwards, backwards);
    }

    [Fact]
    public void Answers_are_remembered_up_to_a_bound()
    {
        var resolver = new CopysetResolver(TestTopology.Seed());
        for (var id = 0; id < CopysetResolver.MaxRemembered + 10; id++)
        {
            resolver.MembersOf(new CopysetDefinition(new(id), [1, 2], 2));
            Assert.True(resolver.Remembered <= CopysetResolver.MaxRemembered);
        }

        Assert.Equal(10, resolver.Remembered);
    }

    [Fact]
    public void A_weight_is_the_same_for_ever()
    {
        Assert.Equal(1_887_037_098_088_572_327ul, Rendezvous.WeightOf(-7, 3));
        Assert.NotEqual(Rendezvous.WeightOf(-7, 3), Rendezvous.WeightOf(-7, 4));
        Assert.NotEqual(Rendezvous.WeightOf(-7, 3), Rendezvous.WeightOf(-6, 3));
    }

    private static void Leave(RegisteredCluster cluster, string peer, string departure)
    {
        switch (departure)
        {
            case "drain":
                cluster.Drain(peer);
                break;
            case "away":
                cluster.Lose(peer);
                break;
            default:
                cluster.Drop(peer);
                break;
        }
    }

    private static void Happen(Random random, RegisteredCluster cluster)
    {
        var peer = cluster.Peers[random.Next(cluster.Peers.Length)];
        switch (random.Next(8))
        {
            case 0 when cluster.Peers.Length > 2:
                cluster.Drop(peer);
                break;
            case 1:
                cluster.Drain(peer);
                break;
            case 2:
                cluster.Undrain(peer);
                break;
            case 3:
                cluster.Lose(peer);
                break;
            case 4:
                cluster.Wipe(peer);
                break;
            case 5:
                cluster.Return(peer);
                break;
            case 6 when cluster.State.Tombstones.Count > 0:
                cluster.Revive(cluster.State.Tombstones[0].Id);
                break;
            default:
                cluster.Join($"r{random.Next(3)}/z{random.Next(3)}");
                break;
        }
    }

    private static RegisteredCluster RandomCluster(Random random, int peers) =>
        new([.. Enumerable.Range(0, peers).Select(_ => $"r{random.Next(3)}/z{random.Next(3)}")]);

    private static CopysetDefinition RandomCopyset(Random random, RegisteredCluster cluster)
    {
        string[] peers = [.. cluster.Peers];
        random.Shuffle(peers);
        var members = peers[..random.Next(1, Math.Min(peers.Length, 5) + 1)];
        return cluster.Copyset(Math.Max(members.Length, random.Next(1, 6)), members);
    }
}
