using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Puts;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

/// <summary>
/// A store in memory behind several gateways, met as an Orleans client meets them: a grain key is assigned to the next gateway in turn when it is
/// first used, and keeps to it as long as that lives.
/// </summary>
internal sealed class FakeGateways
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, FakeGateway> _assigned = [];
    private int _next;

    public FakeGateways(params string[] places)
    {
        All = [.. places.Select((place, i) => new FakeGateway(this, i + 1, place))];
        OnGetTopology = () => Task.FromResult(Topology());
        Grains = GrainStub.Of<IGrainFactory>((method, args) => method.GetGenericArguments()[0] == typeof(IPutCoordinatorGrain)
            ? GrainStub.Of<IPutCoordinatorGrain>((called, given) => GatewayOf((long)args[0]!).Call(called, given))
            : GrainStub.Of<IPeerRegistryGrain>((_, _) => OnGetTopology()));
    }

    public IGrainFactory Grains { get; }

    public IReadOnlyList<FakeGateway> All { get; }

    public ConcurrentDictionary<EventKey, EventPayload> Events { get; } = new();

    /// <summary>What is stored; an event that was stored under two keys is there twice.</summary>
    public IEnumerable<string> Texts => Events.Values.Select(static payload => payload.ToString());

    public Func<Task<TopologySnapshot>> OnGetTopology { get; set; }

    /// <summary>Grain keys that met this gateway meet another one from now on.</summary>
    public void Kill(FakeGateway gateway)
    {
        lock (_lock)
        {
            gateway.IsDead = true;
        }
    }

    private FakeGateway GatewayOf(long key)
    {
        lock (_lock)
        {
            if (_assigned.TryGetValue(key, out var known) && !known.IsDead)
            {
                return known;
            }

            var living = All.Where(static one => !one.IsDead).ToList();
            return _assigned[key] = living[_next++ % living.Count];
        }
    }

    private TopologySnapshot Topology() => new()
    {
        Version = 1,
        ClusterId = Guid.Empty,
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [.. All.Select(static one => new PeerDescriptor(one.Peer, one.Location, PeerStatus.Active, true, one.Ordinal, default, ""))],
        Ordinals = [.. All.Select(static one => new DirectoryOrdinal(one.Ordinal, one.Peer, default))],
    };
}

/// <summary>One gateway; what it answers can be replaced.</summary>
internal sealed class FakeGateway
{
    private readonly FakeGateways _store;
    private int _sequence;

    public FakeGateway(FakeGateways store, int ordinal, string place)
    {
        _store = store;
        Ordinal = ordinal;
        Location = new PeerLocation(place.Split('/')[0], place.Split('/')[1]);
        Peer = PeerId.Parse($"peer-{ordinal}");
        OnPutMany = async batch =>
        {
            await Task.Yield();
            return StoreAll(batch);
        };
        OnReserve = count => Task.FromResult(NextKeys(count));
        OnRelease = keys =>
        {
            foreach (var key in keys)
            {
                Released.Enqueue(key);
            }

            return Task.CompletedTask;
        };
    }

    public int Ordinal { get; }

    public PeerId Peer { get; }

    public PeerLocation Location { get; }

    public bool IsDead { get; set; }

    /// <summary>The store that it belongs to.</summary>
    public Guid Store { get; set; } = Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001");

    public ConcurrentQueue<EventBatch> Batches { get; } = new();

    public ConcurrentQueue<PutOptions?> Options { get; } = new();

    public bool Holds(string text) => Batches.SelectMany(Read).Any(e => e.Payload.ToString() == text);

    public Func<EventBatch, Task<PutResults>> OnPutMany { get; set; }

    public Func<int, Task<ImmutableArray<EventKey>>> OnReserve { get; set; }

    /// <summary>Keys that it has handed out.</summary>
    public ConcurrentQueue<EventKey> Issued { get; } = new();

    /// <summary>Keys that were given back.</summary>
    public ConcurrentQueue<EventKey> Released { get; } = new();

    public Func<ImmutableArray<EventKey>, Task> OnRelease { get; set; }

    /// <summary>Whether its description says its ordinal, as that of an earlier version does not.</summary>
    public bool SaysOrdinal { get; set; } = true;

    /// <summary>Whether it knows topics, as one of an earlier version does not.</summary>
    public bool TakesTopics { get; set; } = true;

    public object Call(MethodInfo method, object?[] args)
    {
        if (method.Name == nameof(IPutCoordinatorGrain.ReserveKeys))
        {
            return OnReserve((int)args[0]!);
        }

        if (method.Name == nameof(IPutCoordinatorGrain.ReleaseKeys))
        {
            return OnRelease((ImmutableArray<EventKey>)args[0]!);
        }

        if (method.Name == nameof(IPutCoordinatorGrain.Describe))
        {
            return Task.FromResult(new StoreDescription
            {
                Store = Store,
                Peer = Peer,
                Ordinal = SaysOrdinal ? Ordinal : null,
                MaxEventBytes = 1 << 20,
                MaxPutManyEvents = 1_000,
                MaxPutManyBytes = 8 << 20,
                TakesTopics = TakesTopics,
            });
        }

        var batch = (EventBatch)args[0]!;
        if (batch.Store is { } meant && meant != Store)
        {
            return Task.FromException<PutResults>(new OtherStoreException("Another store.", meant, Store));
        }

        Batches.Enqueue(batch);
        Options.Enqueue((PutOptions?)args[1]);
        return OnPutMany((EventBatch)args[0]!);
    }

    /// <summary>Stores a batch as the real one does: what is there already is found.</summary>
    public PutResults StoreAll(EventBatch batch) => PackedResults.Of(Read(batch).Select(e => new PutResult(
        new PutReceipt(
            e.Key,
            _store.Events.TryAdd(e.Key, e.Payload) ? PutOutcome.Stored : PutOutcome.AlreadyStored,
            [new Replica(Peer, Location)],
            CommitLevel.Quorum,
            Adherence.Strict),
        null)));

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

    private ImmutableArray<EventKey> NextKeys(int count)
    {
        ImmutableArray<EventKey> keys = [.. Enumerable.Range(0,
            count).Select(_ => EventKey.Create(1_700_000_000_000, Ordinal, EventKey.FirstReservedSequence + Interlocked.Increment(ref _sequence)))];
        foreach (var key in keys)
        {
            Issued.Enqueue(key);
        }

        return keys;
    }
}
