using AllData.Peers;
using AllData.Protocol.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>Few peers are asked to sign, and from many zones.</summary>
public sealed class CosigningOrderTests
{
    private static readonly TopologySnapshot Six = Topology("a:1", "a:2", "b:1", "b:2", "c:1", "c:2");

    [Fact]
    public void The_first_few_lie_in_as_many_zones_as_they_can_and_in_that_of_the_asking_peer_last() =>
        Assert.Equal(["b-1", "c-1", "a-2", "b-2", "c-2"], Order(Six, "a-1", 0));

    [Fact]
    public void Each_head_begins_with_another_peer_and_asks_all_in_the_end()
    {
        var firsts = Enumerable.Range(0, 4).Select(static size => Order(Six, "a-1", size)).ToList();
        Assert.Equal(["b-1", "b-2", "c-1", "b-2"], firsts.Select(static order => order[0]));
        Assert.All(firsts, static order => Assert.Equal(["a-2", "b-1", "b-2", "c-1", "c-2"], order.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_peer_that_does_not_store_is_not_asked_and_a_peer_alone_asks_none()
    {
        var one = Six with { Peers = [.. Six.Peers.Select(static p => p with { Stores = p.Location.Zone == "a" })] };
        Assert.Equal(["a-2"], Order(one, "a-1", 7));
        Assert.Empty(Order(Topology("a:1"), "a-1", 3));
    }

    private static List<string> Order(TopologySnapshot topology, string own, long size) =>
        [.. CosigningOrder.Of(topology, PeerId.Parse(own), size).Select(static peer => peer.Value)];

    private static TopologySnapshot Topology(params string[] peers) => new()
    {
        Version = 1,
        ClusterId = CertificateSample.Cluster,
        IntervalLength = TimeSpan.FromMinutes(5),
        Peers =
        [
            .. peers.Select(static (text, index) => new PeerDescriptor(
                PeerId.Parse(text.Replace(':', '-')), new PeerLocation("north", text[..1]), PeerStatus.Active, Stores: true, index + 1, Guid.Empty, "")),
        ],
        Ordinals = [],
    };
}
