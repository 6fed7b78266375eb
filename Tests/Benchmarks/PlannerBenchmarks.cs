using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AllData.Benchmarks;

/// <summary>What choosing peers costs. The point is that it does not grow with their number.</summary>
[MemoryDiagnoser]
public class PlannerBenchmarks
{
    private static readonly CommitRequirement Requirement = CommitRequirement.Create(CommitLevel.Quorum, 3);

    private readonly Random _random = new(1);
    private readonly PlacementPolicy _policy = new() { ReplicationFactor = 3, OtherZoneReplicas = 1, OtherRegionReplicas = 1 };
    private LocalPeer _local;
    private Topology _topology = null!;
    private CopysetPool _pool = null!;
    private PlacedCopyset _copyset = null!;
    private IPeerAvailability _allAvailable = null!;
    private IPeerAvailability _oneDead = null!;
    private IPeerAvailability _quarterDead = null!;
    private PlacedCopyset _copysetOfDead = null!;

    /// <summary>Registered peers, in five regions of up to ten zones.</summary>
    [Params(10, 1_000, 10_000)]
    public int Peers { get; set; }

    /// <summary>Runs them all in this process, in a short job.</summary>
    public static int Run(string[] args)
    {
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        BenchmarkRunner.Run<PlannerBenchmarks>(DefaultConfig.Instance.AddJob(job), args);
        return 0;
    }

    [GlobalSetup]
    public void Prepare()
    {
        _topology = Topology.Prepare(Snapshot(Peers));
        _local = new LocalPeer(_topology[0].Id, _topology[0].Location);
        _pool = new CopysetPool(_policy, _local);
        _copyset = PlacementPlanner.Draw(_topology, _policy, _local, _random);
        _allAvailable = new Outage(_topology, static _ => false);
        var dead = _copyset.Members[1].PeerIndex;
        _oneDead = new Outage(_topology, peer => peer == dead);

        // A whole region and every twentieth peer of the others.
        _quarterDead = new Outage(_topology, peer => peer % 5 == 1 || peer % 20 == 2);
        do
        {
            _copysetOfDead = PlacementPlanner.Draw(_topology, _policy, _local, _random);
        }
        while (_quarterDead.Of(_copysetOfDead.Members[2].PeerIndex) != PeerAvailability.Dead);
    }

    /// <summary>A copyset of three.</summary>
    [Benchmark(Description = "draw a copyset")]
    public object Draw() => PlacementPlanner.Draw(_topology, _policy, _local, _random);

    /// <summary>What every block pays: one of the copysets in use, and its targets.</summary>
    [Benchmark(Description = "plan a block")]
    public object Plan() => PlacementPlanner.Plan(_pool.Next(_topology, _random), Requirement, _allAvailable, _random);

    /// <summary>The same with a dead member, for which a spare is found.</summary>
    [Benchmark(Description = "plan a block, one member dead")]
    public object PlanAroundDeadMember() => PlacementPlanner.Plan(_copyset, Requirement, _oneDead, _random);

    /// <summary>The same while a quarter of all peers are dead, a region among them.</summary>
    [Benchmark(Description = "plan a block, a quarter of all dead")]
    public object PlanAroundDeadRegion() => PlacementPlanner.Plan(_copysetOfDead, Requirement, _quarterDead, _random);

    private static TopologySnapshot Snapshot(int peers) => new()
    {
        Version = 1,
        ClusterId = Guid.Empty,
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [.. Enumerable.Range(0, peers).Select(i => new PeerDescriptor(
            PeerId.Parse($"p{i}"), new PeerLocation($"r{i % 5}", $"z{i / 5 % 10}"), PeerStatus.Active, true, i + 1, Guid.Empty, ""))],
        Ordinals = [],
    };

    private sealed class Outage(Topology topology, Func<int, bool> isDead) : IPeerAvailability
    {
        public AlivePeers Alive { get; } = new(topology, peer => !isDead(peer));

        public PeerAvailability Of(int peerIndex) => isDead(peerIndex) ? PeerAvailability.Dead : PeerAvailability.Available;
    }
}
