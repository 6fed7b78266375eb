using System.Collections.Immutable;
using System.Net;
using AllData.Peers;
using AllData.Placement;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Placement;

/// <summary>Which silo hosts a peer.</summary>
public sealed class HostingSilosTests
{
    private readonly FixedMembership _membership = new();
    private readonly HostingSilos _silos;

    public HostingSilosTests() => _silos = new HostingSilos(_membership);

    [Theory]
    [InlineData(SiloStatus.Created)]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    [InlineData(SiloStatus.Dead)]
    public void A_silo_that_is_not_active_hosts_nothing(SiloStatus status)
    {
        _membership.Set(1, Member("north-a", 11111, 1, status));
        Assert.False(_silos.TryFind(PeerId.Parse("north-a"), out _));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void Of_two_incarnations_on_different_ports_the_later_one_hosts_the_peer(int first, int second)
    {
        _membership.Set(1, Member("north-a", 11111, first, SiloStatus.Active), Member("north-a", 11112, second, SiloStatus.Active));
        Assert.True(_silos.TryFind(PeerId.Parse("north-a"), out var silo));
        Assert.Equal(2, silo.Generation);
    }

    [Fact]
    public void A_change_of_the_cluster_is_seen_at_the_next_question()
    {
        _membership.Set(1, Member("north-a", 11111, 1, SiloStatus.Active));
        Assert.True(_silos.TryFind(PeerId.Parse("north-a"), out _));

        _membership.Set(2, Member("north-a", 11111, 1, SiloStatus.Dead), Member("west-c", 11112, 1, SiloStatus.Active));
        Assert.False(_silos.TryFind(PeerId.Parse("north-a"), out _));
        Assert.True(_silos.TryFind(PeerId.Parse("west-c"), out _));
    }

    [Fact]
    public void A_silo_whose_name_is_no_peer_is_passed_over()
    {
        _membership.Set(1, Member("Silo_1", 11111, 1, SiloStatus.Active), Member("west-c", 11112, 1, SiloStatus.Active));
        Assert.True(_silos.TryFind(PeerId.Parse("west-c"), out _));
    }

    private static ClusterMember Member(string name, int port, int generation, SiloStatus status) =>
        new(SiloAddress.New(IPAddress.Loopback, port, generation), status, name);

    private sealed class FixedMembership : IClusterMembershipService
    {
        public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } =
            new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, MembershipVersion.MinValue);

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public void Set(long version, params ClusterMember[] members) =>
            CurrentSnapshot = new(members.ToImmutableDictionary(m => m.SiloAddress), new MembershipVersion(version));

        public ValueTask Refresh(MembershipVersion minimumVersion, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }
}
