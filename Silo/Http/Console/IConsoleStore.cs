using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Copies;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;

namespace AllData.Silo.Http.Console;

/// <summary>What the console asks of the cluster, and the orders that it gives.</summary>
internal interface IConsoleStore
{
    /// <summary>The peers of the store as this silo knows them; from memory.</summary>
    ConsoleTopology Topology { get; }

    /// <summary>The peers as the registry sees them.</summary>
    Task<ImmutableArray<PeerView>> GetViewsAsync();

    /// <summary>The figures of a silo of this cluster.</summary>
    Task<PeerFigures> GetFiguresAsync(PeerId peer, int intervals);

    /// <summary>The newest certificates of intervals from one on, ascending; what this silo's own peer has of the log.</summary>
    Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(Interval from, int count);

    /// <summary>What the storing peers of the store hold under a key.</summary>
    Task<FoundCopies> FindCopiesAsync(EventKey key);

    /// <summary>Counts what would be left without a peer, as <c>alldata drop</c> does; the registry gets to know the last count.</summary>
    IAsyncEnumerable<DepartureCheck> CheckDepartureAsync(PeerId peer, CancellationToken cancellation);

    /// <summary>Gives an order about a peer to the registry, which checks it.</summary>
    /// <returns>The topology after it.</returns>
    Task<TopologySnapshot> OrderAsync(PeerOrder order, PeerId peer);
}

/// <summary>What an operator orders about a peer.</summary>
internal enum PeerOrder
{
    /// <summary>It takes no new copies, and others complete what it holds.</summary>
    Drain,

    /// <summary>It takes new copies again.</summary>
    Undrain,

    /// <summary>It leaves for good, if nothing is left with too few copies.</summary>
    Drop,
}
