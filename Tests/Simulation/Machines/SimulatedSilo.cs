using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using AllData.Simulation.Following;
using AllData.Simulation.Links;
using AllData.Simulation.Running;
using AllData.Simulation.Sealing;
using AllData.Simulation.Storage;
using AllData.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace AllData.Simulation.Machines;

/// <summary>One life of a silo: opens the store, announces itself, takes puts and replicas, and repairs.</summary>
internal sealed class SimulatedSilo
{
    private static readonly TimeSpan AnnounceAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookAfterStore = TimeSpan.FromSeconds(40);

    private readonly World _world;
    private readonly KeyClaims _claims = new();
    private readonly ClockRounds _clockRounds;
    private SiloFollowing? _following;
    private SiloSealing? _sealing;
    private bool _isReady;
    private bool _isAnnounced;

    /// <summary>Opens the store of the machine's disk.</summary>
    public SimulatedSilo(World world, Machine machine)
    {
        _world = world;
        Machine = machine;
        machine.Disk.Open(machine.Clock.UnixMilliseconds);
        Life = new ProcessLife(world.Timeline, world.OnFault);
        Time = new SimulatedTime(world.Timeline, Life, machine.Clock);
        var identity = new ReplicaStoreIdentity(machine.Id, World.ClusterId, world.Settings.IntervalLength);
        Store = new SimulatedStore(machine.Disk, new StoreSetting(
            world.Timeline, Life, world.Trace, machine.Number, identity, world.Random, world.Settings.Bug))
        {
            OnReadOnly = () => Life.Start(SayReadOnlyAsync),
            OnRepaired = block => world.Agreement.OnRepaired(machine, block),
        };
        Clock = new ClusterClock(world.Settings.Options, Time);
        _clockRounds = new ClockRounds(world, this);
        Health = new PeerHealth(machine.Id, ReplicaDeadline, new DeadlineOptions().ShortestReplica);
        Peer = new SimulatedPeer(world, this);
        Silos = new KnownSilos(world, this);
        Replicas = SimulatedPeerClient.ReplicasFor(world, this);
        var federation = machine.Cluster.Federation;
        var known = federation.HasOthers ? new ClusterLinks(federation, Time) : null;
        Liveness = known is null ? Silos : new StoreLiveness(Silos, known);
        RegionLinks = known is null ? new NoRegionLinks() : known;
        var planned = world.Settings.Bug == PlantedBug.ForgetDrop ? new DeafLinks(RegionLinks) : RegionLinks;
        Topologies = new TopologyCache(Peer, Liveness, planned, Health, federation, Time, NullLogger<TopologyCache>.Instance);
        Topologies.Recall();
        Links = known is null ? null : new SiloLinks(world, this, known, Replicas);
        Links?.Recall();
        Coordinator = new Coordinator(world, this);
        Repair = new RepairAgent(world, this);
    }

    /// <summary>How long another peer's answer to a block is awaited.</summary>
    public static TimeSpan ReplicaDeadline { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Where it runs.</summary>
    public Machine Machine { get; }

    /// <summary>Its process.</summary>
    public ProcessLife Life { get; }

    /// <summary>Its time.</summary>
    public TimeProvider Time { get; }

    /// <summary>Its store.</summary>
    public SimulatedStore Store { get; }

    /// <summary>What time it is for it: its machine's clock, held against the others'.</summary>
    public ClusterClock Clock { get; }

    /// <summary>Whether it has no reason to refuse keys for a clock: its own is right, and so are most of those that it was told of.</summary>
    public bool IsSureOfTime => Machine.Clock.Offset == TimeSpan.Zero && _clockRounds.WereRight;

    /// <summary>Its peer.</summary>
    public SimulatedPeer Peer { get; }

    /// <summary>Which silos it believes to run.</summary>
    public KnownSilos Silos { get; }

    /// <summary>Which peers of the whole store it believes to be alive.</summary>
    public IPeerLiveness Liveness { get; }

    /// <summary>Its links to the other clusters; null in a store of one cluster.</summary>
    public SiloLinks? Links { get; }

    /// <summary>What it knows of the ways to the other clusters.</summary>
    public IRegionLinks RegionLinks { get; }

    /// <summary>The way to all peers.</summary>
    public PeerReplicas Replicas { get; }

    /// <summary>The newest topology that it has heard of.</summary>
    public TopologyCache Topologies { get; }

    /// <summary>How the peers have answered it lately.</summary>
    public PeerHealth Health { get; }

    /// <summary>Takes puts.</summary>
    public Coordinator Coordinator { get; }

    /// <summary>The greatest low watermark that each ordinal has told it.</summary>
    public Dictionary<int, EventKey> Confirmed { get; } = [];

    /// <summary>Serves readers that follow.</summary>
    public SiloFollowing Following => _following ??= new SiloFollowing(_world, this);

    /// <summary>Seals and cosigns.</summary>
    public SiloSealing Sealing => _sealing ??= new SiloSealing(_world, this);

    /// <summary>Its repair.</summary>
    public RepairAgent Repair { get; }

    /// <summary>Whether the registry has accepted it, and it has not been dropped since.</summary>
    public bool IsAccepted => _isReady && Topologies.Current.Topology.IndexOf(Machine.Id) >= 0 && Topologies.Current.OwnOrdinal is not null;

    /// <summary>Begins.</summary>
    public void Start() => Life.Start(async () =>
    {
        Links?.Start();
        await _clockRounds.CompareAsync();
        await AnnounceAsync();
        Life.Start(_clockRounds.RunAsync);
        Life.Start(Repair.RunAsync);
        Life.Start(FollowTopologyAsync);
        Life.Start(LookAfterStoreAsync);
        Life.Start(ProbeAsync);
        if (_world.Settings.Sealing)
        {
            Life.Start(Sealing.RunAsync);
        }
    });

    /// <summary>What the replica does with a block that arrives.</summary>
    public async Task<AppendReply> AppendAsync(BlockBytes bytes)
    {
        if (!IsAccepted)
        {
            return new AppendReply(AppendStatus.ReadOnly, "The registry has not accepted this peer.");
        }

        var block = BlockCodec.Decode(bytes.Bytes);
        var newest = Intervals.Interval.Containing(Clock.UnixMilliseconds, _world.Settings.IntervalLength).Next;
        if (block.Header.FirstKey.UnixMilliseconds >= newest.EndUnixMilliseconds)
        {
            return new AppendReply(AppendStatus.IntervalNotOpen, "The key lies too far ahead.");
        }

        if (!block.Header.HasSuppliedKeys)
        {
            Clock.OnFreshKey(block.Header.FirstKey.UnixMilliseconds);
        }

        if (!_claims.TryEnter(block, out var conflict))
        {
            return new AppendReply(AppendStatus.Conflict, "The key is claimed.", conflict);
        }

        try
        {
            return await Store.AppendAsync(block);
        }
        finally
        {
            _claims.Leave(block);
        }
    }

    /// <summary>What the replica holds under keys that a caller is about to put under.</summary>
    public ImmutableArray<HeldKey> LookUpToPut(KeyInquiry inquiry)
    {
        var store = OpenStore();
        var others = _world.Settings.Bug == PlantedBug.PutBlindly ? [] : _claims.Claim(inquiry.Claiming.AsSpan());
        var held = store.LookUp([.. inquiry.Claiming.Select(static k => k.Key), .. inquiry.Looking]);
        return [.. held.Select((one, i) => i < others.Length && others[i] is { } other ? one with { Claimed = other } : one)];
    }

    /// <summary>The store, where this silo may act as its peer.</summary>
    /// <exception cref="ReplicaStoreException">It may not: "nothing held" would be believed.</exception>
    public SimulatedStore OpenStore() => IsAccepted ? Store : throw new ReplicaStoreException($"{Machine.Id} has no open store.");

    private bool IsOver(Intervals.Interval interval) => _world.Settings.Bug == PlantedBug.CloseByOwnClock
        ? interval.Next.EndUnixMilliseconds <= Machine.Clock.UnixMilliseconds
        : Clock.WhyNotOver(interval) is null;

    private async Task AnnounceAsync()
    {
        while (!_isReady)
        {
            await TryAnnounceAsync();
            if (!_isReady && Topologies.HasBeenAccepted)
            {
                // The registry is away: on with what the directory remembers.
                _isReady = true;
            }
            else if (!_isReady)
            {
                await Task.Delay(AnnounceAgain, Time);
            }
        }
    }

    private async Task TryAnnounceAsync()
    {
        var disk = Machine.Disk;
        var announcement = new PeerAnnouncement(
            Machine.Id, Machine.Location, Stores: true, disk.Directory, disk.Ordinal == 0 ? Guid.Empty : World.ClusterId,
            _world.Settings.IntervalLength, "", SiloAddress.Zero, Topologies.OwnOrdinal ?? 0, Topologies.KnownVersion)
        {
            HighestOrdinal = Topologies.Own.Ordinals.Select(static o => o.Ordinal).DefaultIfEmpty().Max(),
            SeenOrdinals = disk.Seen.ToString(),
            PublicKey = _world.Settings.Sealing ? disk.PublicKey : "",
        };
        try
        {
            var told = await Machine.Cluster.Registry.CallAsync(this, (state, _) => RegistryLedger.Announce(
                state, announcement, World.ClusterId, Machine.Cluster.Registry.SourceFor(Machine.Id)));
            if (_world.Settings.Followers > 0 && disk.Ordinal == 0)
            {
                await BeginKeysAsync(told);
            }

            disk.Bind(told);
            Topologies.Offer(told);
            _isReady = _isAnnounced = true;
            _world.Trace.Note(TraceKind.Announced, Machine.Number, "", Topologies.Current.OwnOrdinal ?? 0);
        }
        catch (Exception e) when (e is TimeoutException or PeerRefusedException or RegistryUnavailableException)
        {
            _world.Trace.Note(TraceKind.Refused, Machine.Number, "announcement");
        }
    }

    /// <summary>The first keys of a new directory lie behind the clocks of the silos that were there.</summary>
    private async Task BeginKeysAsync(TopologySnapshot told)
    {
        var clocks = new ClockWatch(
            Clock, Peer, Topologies, Replicas, Silos, Machine.Cluster.Federation, Time, new ErrorWatch<ClockWatch>(_world));
        var latest = _world.Settings.Bug == PlantedBug.TakeOwnClock ? Machine.Clock.UnixMilliseconds : await clocks.FindLatestAsync(told);
        Peer.Directory.ExtendLease(latest);

        // No other silo has told its clock, and this one's is further behind than clocks may be: nothing is promised.
        if (latest == Machine.Clock.UnixMilliseconds + SuppliedKeyRules.ClockTolerance
            && Machine.Clock.Offset < TimeSpan.FromMilliseconds(-SuppliedKeyRules.ClockTolerance))
        {
            _world.Invariants.Followers.Except(told.Ordinals.First(o => o.Directory == Machine.Disk.Directory).Ordinal);
        }
    }

    private async Task FollowTopologyAsync()
    {
        while (true)
        {
            await Task.Delay(AskAgain * (0.5 + _world.Random.NextDouble()), Time);
            if (!_isAnnounced)
            {
                await TryAnnounceAsync();
                continue;
            }

            await TryRefreshAsync();
        }
    }

    private async Task TryRefreshAsync()
    {
        try
        {
            var told = await Machine.Cluster.Registry.CallAsync(this, static (state, _) => state);
            var isBehind = told.Version < Topologies.Own.Version || Topologies.IsOfAnotherHistory(told);
            Topologies.Offer(told);

            // A registry that has lost changes, or believes that this peer has no host, is informed again.
            _isAnnounced = !isBehind && told.Ordinals.Any(o => o.Directory == Machine.Disk.Directory) && !told.Replacements.Any(r =>
                r.Peer == Machine.Id && r.Ordinal >= Topologies.Current.OwnOrdinal && r.Reason == ReplacementReason.Away);
        }
        catch (TimeoutException)
        {
            // On with what is known.
        }
    }

    private async Task LookAfterStoreAsync()
    {
        while (true)
        {
            await Task.Delay(LookAfterStore * (0.5 + _world.Random.NextDouble()), Time);
            Store.CloseIntervals(IsOver, interval => _world.Invariants.Open.OnClosed(Machine.Id, interval, _world.Timeline.Now));
            Store.Scrub();
        }
    }

    /// <summary>Asks silent peers whether they are back, when the time of their avoidance is over.</summary>
    private async Task ProbeAsync()
    {
        while (true)
        {
            await Task.Delay(ProbeEvery, Time);
            Life.Start(Coordinator.Prober.ProbeDueAsync);
        }
    }

    private async Task SayReadOnlyAsync()
    {
        while (true)
        {
            try
            {
                Topologies.Offer(await Machine.Cluster.Registry.CallAsync(this, (state, _) => RegistryLedger.SetReadOnly(state, Machine.Id, true)));
                return;
            }
            catch (Exception e) when (e is TimeoutException or PeerRefusedException)
            {
                await Task.Delay(AnnounceAgain, Time);
            }
        }
    }
}
