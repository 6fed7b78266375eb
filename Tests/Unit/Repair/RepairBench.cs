using AllData.Configuration;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;
using AllData.Repair;
using AllData.Simulation.Running;
using AllData.Storage;
using AllData.Tests.Support;
using AllData.Tests.Unit.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Repair;

/// <summary>One peer's reconciler among replicas in memory: p1, the peer under test, p2 and so on.</summary>
internal sealed class RepairBench : IRepairCluster
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 30, TimeSpan.Zero);

    private readonly Dictionary<PeerId, MemoryReplica> _replicas = [];
    private int _sequence;

    public RepairBench(params string[] locations)
    {
        Topology = TestTopology.Of(locations);
        foreach (var peer in Topology.Snapshot.Peers)
        {
            _replicas.Add(peer.Id, new MemoryReplica());
        }

        Counters = new RepairCounters();
        Reconciler = new Reconciler(
            Peer(1), this, Own, new RepairOptions(), TimeSpan.FromDays(1), Time, Counters, NullLogger<Reconciler>.Instance);
    }

    public FakeTimeProvider Time { get; } = new(Start);

    public Topology Topology { get; set; }

    public HashSet<PeerId> Dead { get; } = [];

    public RepairCounters Counters { get; }

    public Reconciler Reconciler { get; }

    /// <summary>The replica of the peer under test.</summary>
    public MemoryReplica Own => this[1];

    public MemoryReplica this[int peer] => _replicas[Peer(peer)];

    /// <summary>A minute that came to rest long ago.</summary>
    public static UnixMinute Past => UnixMinute.Of(Start) - 100;

    public static PeerId Peer(int number) => PeerId.Parse($"p{number}");

    public bool IsAlive(PeerId peer) => !Dead.Contains(peer);

    /// <summary>Regions that another cluster of the store covers.</summary>
    public HashSet<string> OtherClusters { get; } = [];

    public string? OtherClusterOf(PeerId peer) =>
        Topology[Topology.IndexOf(peer)].Location.Region is var region && OtherClusters.Contains(region) ? region : null;

    public IRepairSource SourceOf(PeerId peer) => _replicas[peer];

    /// <summary>A block of a copyset; it asks for three copies.</summary>
    public Block Block(UnixMinute minute, params int[] copyset) => TestBlocks.Form(
        TestBlocks.NewId(), given: false, [(EventKey.Create(minute.StartUnixMilliseconds, 1, ++_sequence), "one")], copyset: copyset);

    /// <summary>Blocks of a copyset.</summary>
    public Block[] Blocks(int count, UnixMinute minute, params int[] copyset) => [.. Enumerable.Range(0, count).Select(_ => Block(minute, copyset))];

    /// <summary>Rounds until there is nothing more to do at once.</summary>
    public async Task RunAsync()
    {
        while (await Reconciler.RunRoundAsync(CancellationToken.None))
        {
        }
    }
}
