using System.Collections.Immutable;
using System.Net;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Simulation.Running;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Coordination;

/// <summary>Probes that bring silent peers back.</summary>
public sealed class PeerProberTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly PeerId Peer = PeerId.Parse("p1");

    private readonly SteppedTime _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly PeerInstruments _instruments = new(Meters.Unheard);
    private readonly PeerHealth _health = new(PeerId.Parse("own"), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
    private readonly PeerProber _probes;
    private bool _isHosted = true;
    private Func<Task> _answer = () => Task.CompletedTask;
    private int _asked;

    public PeerProberTests()
    {
        var replica = GrainStub.Of<IReplicaStorageGrain>((_, _) => AskedAsync());
        _probes = new PeerProber(
            GrainPeerClient.OnlyGrains(GrainStub.Of<IGrainFactory>((_, _) => replica), new DeadlineOptions(), _time),
            new HostingSilos(GrainStub.Of<IClusterMembershipService>((_, _) => Members())),
            _health,
            _instruments,
            _time,
            NullLogger<PeerProber>.Instance);
        _health.OnSilent(Peer, Now);
    }

    [Fact]
    public async Task A_silent_peer_is_not_asked_before_its_time_is_over()
    {
        _time.Advance(TimeSpan.FromMilliseconds(999));
        await _probes.ProbeDueAsync();

        Assert.Equal(0, _asked);
        Assert.True(_health.IsAvoided(Peer, Now));
    }

    [Fact]
    public async Task A_silent_peer_is_asked_when_its_time_is_over_although_the_clock_was_set_back_meanwhile()
    {
        _time.Ahead = TimeSpan.FromDays(-3);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _probes.ProbeDueAsync();

        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_peer_that_answers_its_probe_is_back_and_was_a_false_death()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        await _probes.ProbeDueAsync();

        Assert.False(_health.IsAvoided(Peer, Now));
        Assert.Equal((0, 1), (_instruments.TrueDeaths, _instruments.FalseDeaths));
    }

    [Fact]
    public async Task A_probe_that_hangs_ends_at_the_replica_deadline_and_the_peer_is_avoided_for_twice_as_long()
    {
        _answer = () => new TaskCompletionSource().Task;
        _time.Advance(TimeSpan.FromSeconds(1));
        var probing = _probes.ProbeDueAsync();
        await _probes.ProbeDueAsync();
        Assert.Equal(1, _asked);

        _time.Advance(TimeSpan.FromSeconds(2));
        await probing.WaitAsync(Bound);

        Assert.True(_health.IsAvoided(Peer, Now + 1_999));
        Assert.Empty(_health.TakeDueProbes(Now + 1_999));
        Assert.Equal([Peer], _health.TakeDueProbes(Now + 2_000));
        Assert.Equal((0, 0), (_instruments.TrueDeaths, _instruments.FalseDeaths));
    }

    [Fact]
    public async Task A_peer_that_answers_its_probe_with_an_error_is_asked_again_after_a_second()
    {
        _answer = () => throw new ReplicaStoreException("It is starting.");
        _time.Advance(TimeSpan.FromSeconds(1));
        await _probes.ProbeDueAsync();

        Assert.True(_health.IsAvoided(Peer, Now + 999));
        _time.Advance(TimeSpan.FromSeconds(1));
        await _probes.ProbeDueAsync();
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task A_peer_that_has_left_the_cluster_is_not_asked_and_returns_without_a_record()
    {
        _isHosted = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        await _probes.ProbeDueAsync();

        Assert.Equal(0, _asked);
        Assert.False(_health.IsAvoided(Peer, Now));
        Assert.Equal((0, 0), (_instruments.TrueDeaths, _instruments.FalseDeaths));
    }

    private long Now => _time.GetMonotonicMilliseconds();

    private Task AskedAsync()
    {
        _asked++;
        return _answer();
    }

    private ClusterMembershipSnapshot Members()
    {
        var status = _isHosted ? SiloStatus.Active : SiloStatus.Dead;
        var member = new ClusterMember(SiloAddress.New(IPAddress.Loopback, 1, 1), status, Peer.Value);
        return new ClusterMembershipSnapshot(
            ImmutableDictionary<SiloAddress, ClusterMember>.Empty.Add(member.SiloAddress, member), new MembershipVersion(_isHosted ? 1 : 2));
    }
}
