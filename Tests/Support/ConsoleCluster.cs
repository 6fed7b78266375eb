using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Certificates;
using AllData.Copies;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;
using AllData.Replication;
using AllData.Silo.Http.Console;

namespace AllData.Tests.Support;

/// <summary>A cluster of six peers as the console sees it; a test changes what its silos say.</summary>
internal sealed class ConsoleCluster : IConsoleStore
{
    /// <summary>A time of day.</summary>
    public static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly List<(PeerOrder Order, PeerId Peer)> _orders = [];
    private int _questions;

    public ConsoleCluster()
    {
        (string Name, string Region, string Zone)[] places =
        [
            ("north-a", "north", "a"), ("north-b", "north", "b"), ("west-c", "west", "c"), ("west-d", "west", "d"), ("east-e", "east", "e"),
            ("east-f", "east", "f"),
        ];
        var store = new TopologySnapshot
        {
            Version = 1,
            ClusterId = Guid.NewGuid(),
            IntervalLength = TimeSpan.FromHours(1),
            Peers = [.. places.Select(static (p, n) => new PeerDescriptor(
                PeerId.Parse(p.Name), new PeerLocation(p.Region, p.Zone), PeerStatus.Active, true, n + 1, Guid.NewGuid(), $"http://127.0.0.1:{8081 + n}"))],
            Ordinals = [.. places.Select(static (p, n) => new DirectoryOrdinal(n + 1, PeerId.Parse(p.Name), Guid.NewGuid()))],
        };
        Topology = new ConsoleTopology(
            PeerId.Parse("north-a"), store, store, store.Peers.Select(static p => p.Id).ToFrozenSet(), FrozenDictionary<PeerId, string>.Empty,
            FrozenSet<string>.Empty, null);
        OnFigures = (peer, _) => Task.FromResult(FiguresOf(peer));
    }

    /// <inheritdoc/>
    public ConsoleTopology Topology { get; set; }

    /// <summary>What silos say.</summary>
    public Func<PeerId, int, Task<PeerFigures>> OnFigures { get; set; }

    /// <summary>What peers say of a key.</summary>
    public Func<PeerId, EventKey, AskedPeer> OnAsked { get; set; } = static (peer, _) => new AskedPeer(peer, []);

    /// <summary>What the silo's own peer says of certificates.</summary>
    public Func<Interval, int, Task<ImmutableArray<CertifiedInterval>>> OnSealed { get; set; } =
        static (_, _) => Task.FromResult<ImmutableArray<CertifiedInterval>>([]);

    /// <summary>What is counted of a departure.</summary>
    public ImmutableArray<DepartureCheck> Checks { get; set; } = [];

    /// <summary>What the registry does with an order.</summary>
    public Action<PeerOrder, PeerId> OnOrder { get; set; } = static (_, _) => { };

    /// <summary>The orders that were given.</summary>
    public IReadOnlyList<(PeerOrder Order, PeerId Peer)> Orders => _orders;

    /// <summary>Questions that silos were asked.</summary>
    public int Questions => Volatile.Read(ref _questions);

    /// <summary>The figures of a process that has done nothing yet.</summary>
    public static PeerFigures FiguresOf(PeerId peer) => new()
    {
        Peer = peer,
        ProgramVersion = "1.2.3",
        Process = new Guid(peer.Value.GetHashCode(StringComparison.Ordinal), 0, 0, new byte[8]),
        Stores = true,
        Repair = new RepairFigures { IsCaughtUp = true },
        CopiesAwaited = 2,
        HasIntervals = true,
    };

    /// <summary>What is known when every silo has answered as given.</summary>
    /// <param name="seconds">The gathering's clock.</param>
    /// <param name="answer">Figures of a peer, or why it is silent.</param>
    /// <param name="views">What the registry says.</param>
    public ClusterFacts Facts(double seconds, Func<PeerFigures, object>? answer = null, params PeerView[] views)
    {
        var answers = Topology.Own.Peers.Where(p => Topology.Hosted.Contains(p.Id)).ToFrozenDictionary(static p => p.Id, peer =>
            (answer?.Invoke(FiguresOf(peer.Id)) ?? FiguresOf(peer.Id)) switch
            {
                string silence => new SiloAnswer(FiguresOf(peer.Id), silence, 1, TimeSpan.Zero) { At = seconds, WithIntervals = FiguresOf(peer.Id) },
                PeerFigures figures => new SiloAnswer(figures, null, 0, TimeSpan.FromMilliseconds(2)) { At = seconds, WithIntervals = figures },
                var other => throw new ArgumentException($"{other}"),
            });
        return new ClusterFacts(Noon.AddSeconds(seconds), seconds, Topology, answers, views.ToFrozenDictionary(static v => v.Peer.Id));
    }

    /// <summary>Takes the silo from a peer.</summary>
    public void Kill(params string[] peers) => Topology = Topology with { Hosted = Topology.Hosted.Where(p => !peers.Contains(p.Value)).ToFrozenSet() };

    /// <summary>Changes what the registry says of a peer.</summary>
    public void Change(string peer, Func<PeerDescriptor, PeerDescriptor> change)
    {
        var own = Topology.Own with { Peers = [.. Topology.Own.Peers.Select(p => p.Id.Value == peer ? change(p) : p)] };
        Topology = Topology with { Own = own, Store = own };
    }

    /// <summary>A peer as the registry says it.</summary>
    public PeerDescriptor Find(string peer) => Topology.Own.Peers.Single(p => p.Id.Value == peer);

    /// <inheritdoc/>
    public Task<ImmutableArray<PeerView>> GetViewsAsync() =>
        Task.FromResult<ImmutableArray<PeerView>>([.. Topology.Own.Peers.Select(p => new PeerView(p, Topology.Hosted.Contains(p.Id)))]);

    /// <inheritdoc/>
    public Task<PeerFigures> GetFiguresAsync(PeerId peer, int intervals)
    {
        Interlocked.Increment(ref _questions);
        return OnFigures(peer, intervals);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(Interval from, int count) => OnSealed(from, count);

    /// <inheritdoc/>
    public Task<FoundCopies> FindCopiesAsync(EventKey key) =>
        Task.FromResult(new FoundCopies(Topology.Store, [.. Topology.Store.Peers.Select(p => OnAsked(p.Id, key))]));

    /// <inheritdoc/>
    public async IAsyncEnumerable<DepartureCheck> CheckDepartureAsync(PeerId peer, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var check in Checks)
        {
            await Task.Yield();
            yield return check;
        }
    }

    /// <inheritdoc/>
    public Task<TopologySnapshot> OrderAsync(PeerOrder order, PeerId peer)
    {
        OnOrder(order, peer);
        _orders.Add((order, peer));
        return Task.FromResult(Topology.Own with { Version = 2 });
    }
}
