using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Consumers;
using AllData.Copies;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

/// <summary>A store in memory behind a grain factory; each behaviour can be replaced.</summary>
internal sealed class FakeStore
{
    private int _sequence;

    public FakeStore()
    {
        OnPut = Store;
        OnPutMany = PutAllAsync;
        OnReserve = count => Task.FromResult(Enumerable.Range(0, count).Select(_ => NextKey()).ToImmutableArray());
        OnGet = key => new EventReadResult(
            key,
            Events.TryGetValue(key, out var payload) ? [new StoredEvent(payload, EventDigest.Of(key, payload.Bytes), [Peer])] : [],
            []);
        Grains = GrainStub.Of<IGrainFactory>((method, grainArgs) => method.GetGenericArguments()[0] switch
        {
            var type when type == typeof(IPutCoordinatorGrain) => GrainStub.Of<IPutCoordinatorGrain>((m, args) => Coordinate(m.Name, args)),
            var type when type == typeof(IEventReaderGrain) => GrainStub.Of<IEventReaderGrain>(
                (_, args) => Answer(() => OnGet((EventKey)args[0]!))),
            var type when type == typeof(IEventScanGrain) => GrainStub.Of<IEventScanGrain>(
                (_, args) => OnScan((ScanRange)args[0]!)),
            var type when type == typeof(IEventFollowGrain) => GrainStub.Of<IEventFollowGrain>(
                (m, args) => (m.Name == nameof(IEventFollowGrain.FollowLive) ? OnFollowLive : OnFollow)((FollowStart)args[0]!)),
            var type when type == typeof(IConsumerCatalogGrain) => GrainStub.Of<IConsumerCatalogGrain>((_, _) => ListConsumersAsync()),
            var type when type == typeof(IConsumerGrain) => Consumer(GrainFactoryExtensions.ParseConsumerKey((string)grainArgs[0]!)),
            var type when type == typeof(IReplicaStorageGrain) => Replica(GrainFactoryExtensions.ParseReplicaKey((string)grainArgs[0]!)),
            var type when type == typeof(ICertificateGrain) => Certificates,
            var type when type == typeof(IRestoringGrain) => GrainStub.Of<IRestoringGrain>(
                (_, args) => Answer(() => OnRestore((EventBatch)args[0]!, (Topic?)args[1]))),
            var type when type == typeof(IClusterAuditGrain) => GrainStub.Of<IClusterAuditGrain>(
                (m, args) => m.Name switch
                {
                    nameof(IClusterAuditGrain.Audit) => OnAudit((AuditRange)args[0]!),
                    nameof(IClusterAuditGrain.FindCopies) => Answer(() => new FoundCopies(
                        Topology, [.. Topology.Peers.Select(p => OnAsked(p.Id, (EventKey)args[0]!))])),
                    nameof(IClusterAuditGrain.CheckRegion) => OnRegion((string)args[0]!),
                    _ => OnDeparture((PeerId)args[0]!),
                }),
            _ => GrainStub.Of<IPeerRegistryGrain>((m, args) => m.Name switch
            {
                nameof(IPeerRegistryGrain.GetTopology) => Answer(() => Topology),
                nameof(IPeerRegistryGrain.GetPeers) => Answer(() => Peers),
                nameof(IPeerRegistryGrain.AddPutOnlyPeer) => Answer(() => Topology with
                {
                    Peers = [new PeerDescriptor((PeerId)args[0]!, (PeerLocation)args[1]!, PeerStatus.Active, Stores: false, 9, Guid.NewGuid(), "")
                    {
                        Client = (string)args[2]!,
                        Address = (string)args[3]!,
                    }],
                }),
                _ => Answer(() =>
                {
                    if (args is [_, bool force])
                    {
                        Forced.Enqueue(force);
                    }

                    return Order(m.Name, (PeerId)args[0]!);
                }),
            }),
        });
    }

    public static PeerId Peer { get; } = PeerId.Parse("north-a");

    public IGrainFactory Grains { get; }

    /// <summary>The certificates; there are none where a test makes none.</summary>
    public MemoryCertificates Certificates { get; } = new();

    public ConcurrentDictionary<EventKey, EventPayload> Events { get; } = new();

    public ConcurrentQueue<EventBatch> Batches { get; } = new();

    public ConcurrentQueue<PutOptions?> Options { get; } = new();

    public ImmutableArray<PeerView> Peers { get; set; } = [];

    public Func<EventKey, EventPayload, PutReceipt> OnPut { get; set; }

    public Func<EventBatch, Task<PutResults>> OnPutMany { get; set; }

    public Func<int, Task<ImmutableArray<EventKey>>> OnReserve { get; set; }

    public Func<EventKey, EventReadResult> OnGet { get; set; }

    /// <summary>What a silo says of its store.</summary>
    public Func<StoreDescription> OnDescribe { get; set; } = static () => new StoreDescription
    {
        Store = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001"),
        Peer = Peer,
        MaxEventBytes = 1 << 20,
        MaxPutManyEvents = 1_000,
        MaxPutManyBytes = 8 << 20,
        TakesTopics = true,
    };

    public TopologySnapshot Topology { get; set; } = new()
    {
        Version = 1,
        ClusterId = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001"),
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [],
        Ordinals = [],
    };

    /// <summary>Orders that the registry was given.</summary>
    public ConcurrentQueue<string> Orders { get; } = new();

    public ConcurrentQueue<bool> Forced { get; } = new();

    /// <summary>Counts copies.</summary>
    public Func<AuditRange, IAsyncEnumerable<AuditPage>> OnAudit { get; set; } = static _ => throw new NotSupportedException();

    /// <summary>Counts what would be left without a peer.</summary>
    public Func<PeerId, IAsyncEnumerable<DepartureCheck>> OnDeparture { get; set; } = static _ => throw new NotSupportedException();

    /// <summary>Counts what only a region holds.</summary>
    public Func<string, IAsyncEnumerable<RegionCheck>> OnRegion { get; set; } = static _ => throw new NotSupportedException();

    /// <summary>Answers scans.</summary>
    public Func<ScanRange, IAsyncEnumerable<ScanPage>> OnScan { get; set; } = range => new FakeScan().Read(range);

    /// <summary>Takes archived events back.</summary>
    public Func<EventBatch, Topic?, PeerId> OnRestore { get; set; } = static (_, _) => Peer;

    /// <summary>Answers readers that follow.</summary>
    public Func<FollowStart, IAsyncEnumerable<FollowPage>> OnFollow { get; set; } = static _ => throw new InvalidOperationException("Nothing follows.");

    /// <summary>Answers live readers.</summary>
    public Func<FollowStart, IAsyncEnumerable<FollowPage>> OnFollowLive { get; set; } =
        static _ => throw new InvalidOperationException("Nothing follows live.");

    /// <summary>What the replicas say that they hold; throw for a silent peer.</summary>
    public Func<PeerId, ImmutableArray<StoredInterval>> OnIntervals { get; set; } = static _ => [];

    /// <summary>Answers a step of a scrub.</summary>
    public Func<PeerId, ScrubPosition, ScrubPage> OnScrub { get; set; } = static (_, _) => new ScrubPage(null, 0, 0, 0, [], null);

    /// <summary>What the silos say of themselves; throw for a silent peer.</summary>
    public Func<PeerId, PeerReport> OnReport { get; set; } = Report;

    /// <summary>What the replicas say of a key.</summary>
    public Func<PeerId, EventKey, AskedPeer> OnAsked { get; set; } = static (peer, key) => new AskedPeer(peer, [new HeldKey(key, [])]);

    /// <summary>What the replicas hold, by minute.</summary>
    public Func<PeerId, BucketRange, BucketPage> OnBuckets { get; set; } = static (_, range) => new BucketPage([], range.ToMinute, []);

    /// <summary>The copysets of what the replicas hold.</summary>
    public Func<PeerId, ImmutableArray<CopysetDefinition>> OnCopysets { get; set; } = static _ => [];

    /// <summary>The blocks that the replicas hold.</summary>
    public Func<PeerId, BlockListRange, BlockList> OnBlocks { get; set; } = static (_, _) => new BlockList([], null);

    /// <summary>Registers storing peers.</summary>
    public void Register(params string[] names) => Peers =
    [
        .. names.Select(static name => new PeerView(
            new PeerDescriptor(PeerId.Parse(name), new PeerLocation("north", "a"), PeerStatus.Active, true, 1, default, ""), true)),
    ];

    public static PutReceipt Receipt(EventKey key, PutOutcome outcome = PutOutcome.Stored, Adherence adherence = Adherence.Strict) =>
        new(key, outcome, [new Replica(Peer, new PeerLocation("north", "a"))], CommitLevel.Quorum, adherence);

    /// <summary>Stores an event as the real one does: a second time it is found.</summary>
    public PutReceipt Store(EventKey key, EventPayload payload) =>
        Receipt(key, Events.TryAdd(key, payload) ? PutOutcome.Stored : PutOutcome.AlreadyStored);

    /// <summary>Stores a whole batch.</summary>
    public PutResults StoreAll(EventBatch batch) =>
        PackedResults.Of(Read(batch).Select(e => new PutResult(Store(e.Key, e.Payload), null)));

    /// <summary>Answers each event of a batch as the put of one does; what is no error of a put fails the whole call.</summary>
    private Task<PutResults> PutAllAsync(EventBatch batch)
    {
        try
        {
            return Task.FromResult(PackedResults.Of([.. Read(batch).Select(e => PutOne(e.Key, e.Payload))]));
        }
        catch (Exception failure)
        {
            return Task.FromException<PutResults>(failure);
        }
    }

    private PutResult PutOne(EventKey key, EventPayload payload)
    {
        try
        {
            return new PutResult(OnPut(key, payload), null);
        }
        catch (PutException error)
        {
            return new PutResult(null, error);
        }
    }

    /// <summary>The events of a batch.</summary>
    public static IReadOnlyList<(EventKey Key, EventPayload Payload)> Read(EventBatch batch)
    {
        var events = new List<(EventKey, EventPayload)>();
        var reader = batch.GetReader();
        while (reader.MoveNext())
        {
            events.Add((reader.Current.Key, EventPayload.FromBytes(reader.Current.Payload.ToArray())));
        }

        return events;
    }

    /// <summary>A report as a silo gives it.</summary>
    public static PeerReport Report(PeerId peer) => new()
    {
        Peer = peer,
        Location = new PeerLocation("north", "a"),
        ProgramVersion = "1.2.3",
        Machine = new MachineReport("SomeOS 1", "SomeProcessor", 2, 24L << 30),
        Store = "SomeStore 4, flushed before each answer",
        Replication = new ReplicationReport(3, 1, 1, CommitLevel.Quorum),
        IntervalLength = TimeSpan.FromDays(1),
        Process = new ProcessReport(TimeSpan.FromSeconds(1), 100 << 20, 50 << 20, 1 << 30, TimeSpan.FromMilliseconds(5)),
    };

    /// <summary>The positions of consumers.</summary>
    public MemoryConsumers Consumers { get; } = new(TimeProvider.System);

    private async Task<ImmutableArray<ConsumerName>> ListConsumersAsync() => [.. (await Consumers.ListAsync(default)).Select(static c => c.Name)];

    private IConsumerGrain Consumer(ConsumerName name) => GrainStub.Of<IConsumerGrain>((method, args) => method.Name switch
    {
        nameof(IConsumerGrain.Get) => Consumers.FindAsync(name, default),
        nameof(IConsumerGrain.Take) => Consumers.TakeAsync(name, (string)args[0]!, (EventKey?)args[1], default),
        nameof(IConsumerGrain.Move) => Consumers.MoveAsync(name, (ConsumerMark)args[0]!, (EventKey)args[1]!, default),
        nameof(IConsumerGrain.Reset) => Consumers.ResetAsync(name, (ConsumerMark?)args[0], (EventKey)args[1]!, default),
        _ => Consumers.DeleteAsync(name, default),
    });

    private IReplicaStorageGrain Replica(PeerId peer) => GrainStub.Of<IReplicaStorageGrain>((method, args) =>
        method.Name switch
        {
            nameof(IReplicaStorageGrain.Scrub) => Answer(() => OnScrub(peer, (ScrubPosition)args[0]!)),
            nameof(IReplicaStorageGrain.GetReport) => Answer(() => OnReport(peer)),
            nameof(IReplicaStorageGrain.ReadBuckets) => Answer(() => OnBuckets(peer, (BucketRange)args[0]!)),
            nameof(IReplicaStorageGrain.ReadCopysets) => Answer(() => OnCopysets(peer)),
            nameof(IReplicaStorageGrain.ListBlocks) => Answer(() => OnBlocks(peer, (BlockListRange)args[0]!)),
            _ => Answer(() => OnIntervals(peer)),
        });

    private TopologySnapshot Order(string order, PeerId peer)
    {
        Orders.Enqueue($"{order} {peer}");
        return Topology;
    }

    private object Coordinate(string method, object?[] args)
    {
        switch (method)
        {
            case nameof(IPutCoordinatorGrain.Describe):
                return Answer(OnDescribe);
            case nameof(IPutCoordinatorGrain.ReserveKeys):
                return OnReserve((int)args[0]!);
            case nameof(IPutCoordinatorGrain.ReleaseKeys):
                return Task.CompletedTask;
            case nameof(IPutCoordinatorGrain.PutMany):
                Batches.Enqueue((EventBatch)args[0]!);
                Options.Enqueue((PutOptions?)args[1]);
                return OnPutMany((EventBatch)args[0]!);
            default:
                Options.Enqueue((PutOptions?)args[^1]);
                var key = args.Length == 3 ? (EventKey)args[0]! : NextKey();
                return Answer(() => OnPut(key, (EventPayload)args[^2]!));
        }
    }

    private EventKey NextKey() =>
        EventKey.Create(1_700_000_000_000, 1, EventKey.FirstReservedSequence + Interlocked.Increment(ref _sequence));

    private static Task<T> Answer<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }
}
