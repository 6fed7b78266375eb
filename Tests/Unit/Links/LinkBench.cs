using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Federation;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Storage.Directories;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;
using AllData.Tests.Unit.Remote;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Links;

/// <summary>
/// A silo of cluster north as far as its links are concerned: with a real data directory, and cluster west in the test's hands. Peer north-a is its own;
/// its silo and that of north-b run.
/// </summary>
internal sealed class LinkBench : ICoordinatingPeer, IClusterCallers, IClusterCaller, IDisposable
{
    public const string WestAddress = "http://127.0.0.1:8382";

    private readonly LoggerFactory _loggers;
    private readonly Meter _meter = new("AllData.Tests.Links");
    private readonly DataDirectory _directory;
    private readonly StorageFolder? _folder;

    /// <param name="path">The folder of its data, where a test starts it twice; one of its own when not given.</param>
    /// <param name="document">The federation document; the sample when not given.</param>
    /// <param name="isBound">Whether the directory knows its store and its ordinal.</param>
    public LinkBench(string? path = null, FederationDocument? document = null, bool isBound = true)
    {
        _folder = path is null ? new StorageFolder() : null;
        document ??= FederationSample.Document();
        Federation = new ConfiguredFederation(new FederatedCluster(document, document.Find("north")!));
        _loggers = new LoggerFactory([Log]);
        _directory = DataDirectory.Open(path ?? _folder!.Path, Id, Time, NullLogger<DataDirectory>.Instance);
        _directory.AcceptFederation(document);
        if (isBound)
        {
            _directory.BindCluster(FederationSample.Store);
            _directory.BindOrdinal(1);
        }

        Links = new ClusterLinks(Federation, Time);
        Silos = new HostingSilos(GrainStub.Of<IClusterMembershipService>((_, _) => Members("north-a", "north-b")));
        Liveness = new StoreLiveness(Silos, Links);
        Topologies = new TopologyCache(
            this, Liveness, Links, new PeerHealth(Id, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)), Federation, Time,
            NullLogger<TopologyCache>.Instance);
        Replicas = new PeerReplicas(new PeerClients(
            [
                new PeerClientRegistration(PeerRoute.Grain, _ => new MemoryPeerClient().With("", Here)),
                new PeerClientRegistration(PeerRoute.Http, _ => new MemoryPeerClient().With(WestAddress, There)),
            ],
            null!));
        Intake = new SnapshotIntake(Federation, Links, Topologies, Replicas, this, Time, _loggers.CreateLogger<SnapshotIntake>());
        var instruments = new LinkInstruments(new AllDataMeter(GrainStub.Of<IMeterFactory>((_, _) => _meter)));
        Watch = new ClusterWatch(Federation, Links, Intake, this, Topologies, this, instruments, Time, _loggers.CreateLogger<ClusterWatch>());
        Confirmation = new ClusterConfirmation(Federation, Links, Intake, this, _loggers.CreateLogger<ClusterConfirmation>());
        Served = new ServedCluster(Federation, Links, Topologies, Silos, this, () => AskRegistry(), Certificates, Time);
        Conditions = new LinkConditions(Federation, Links, Topologies);
    }

    /// <summary>What the silo has certified.</summary>
    public MemoryLog Certificates { get; } = new();

    public SteppedTime Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public RecordedLog Log { get; } = new();

    public ConfiguredFederation Federation { get; }

    public HostingSilos Silos { get; }

    public StoreLiveness Liveness { get; }

    public ClusterLinks Links { get; }

    public TopologyCache Topologies { get; }

    public PeerReplicas Replicas { get; }

    public SnapshotIntake Intake { get; }

    public ClusterWatch Watch { get; }

    public ClusterConfirmation Confirmation { get; }

    public ServedCluster Served { get; }

    public LinkConditions Conditions { get; }

    public MemoryPeer Here { get; } = new();

    public MemoryPeer There { get; } = new();

    /// <summary>Cluster west's answers.</summary>
    public Func<ClusterQuestion, CancellationToken, Task<ClusterReport>> Answer { get; set; } = static (_, _) => throw new IOException("Nothing is there.");

    /// <summary>The own registry's answers.</summary>
    public Func<Task<TopologySnapshot>> AskRegistry { get; set; } = static () => throw new InvalidOperationException("Nothing is to be asked.");

    public PeerId Id { get; } = PeerId.Parse("north-a");

    public PeerLocation Location { get; } = new("north", "a");

    public Guid ClusterId => _directory.ClusterId;

    public string? Refusal => null;

    public TimeSpan IntervalLength => TimeSpan.FromDays(1);

    public IPeerDirectory Directory => _directory;

    public ClusterLink West => Links.All[0];

    /// <summary>Messages of the links, in their order.</summary>
    public IEnumerable<string> Told => Log.Lines.Where(static line => line.Level > LogLevel.Debug).Select(static line => line.Message);

    /// <summary>What cluster west says.</summary>
    /// <param name="topology">Its topology; left out where the silo knows the version.</param>
    /// <param name="hosted">Its peers that have a silo.</param>
    public static ClusterReport Says(TopologySnapshot topology, params string[] hosted) =>
        new(1, 1, topology.Version, topology, [.. hosted.Select(PeerId.Parse)], SeenOrdinals.Of(topology.Ordinals.Select(static o => o.Ordinal)));

    /// <summary>Asks a cluster once, west where none is named, with this answer.</summary>
    public Task HearAsync(ClusterReport report, ClusterLink? link = null)
    {
        Answer = (_, _) => Task.FromResult(report);
        return Watch.AskAsync(this, link ?? West);
    }

    /// <summary>Asks a cluster once, west where none is named, and is not answered.</summary>
    public Task MissAsync(Exception? failure = null, ClusterLink? link = null)
    {
        Answer = (_, _) => Task.FromException<ClusterReport>(failure ?? new TimeoutException("Silent."));
        return Watch.AskAsync(this, link ?? West);
    }

    /// <summary>Whether puts may go to a peer now; null where it is not planned with.</summary>
    public bool? IsHosted(string peer) => Topologies.Current is var live && live.Topology.IndexOf(PeerId.Parse(peer)) is >= 0 and var index
        ? live.IsHosted(index)
        : null;

    public IClusterCaller Of(FederationCluster cluster) => this;

    public Task<ClusterReport> AskAsync(ClusterQuestion question, TimeSpan deadline, CancellationToken cancellationToken) =>
        Answer(question, cancellationToken);

    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question, TimeSpan deadline, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public void Dispose()
    {
        // Twice where a test starts the silo again.
        _directory.Dispose();
        _meter.Dispose();
        _loggers.Dispose();
        _folder?.Dispose();
    }

    private static ClusterMembershipSnapshot Members(params string[] names)
    {
        var members = names.Select(static (name, i) => new ClusterMember(SiloAddress.New(IPAddress.Loopback, i + 1, 1), SiloStatus.Active, name));
        return new ClusterMembershipSnapshot(members.ToImmutableDictionary(static m => m.SiloAddress), new MembershipVersion(1));
    }
}
