using AllData.Links;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Links;

/// <summary>The links of one life of a silo to the other clusters: the shipped classes, asking over the simulated network.</summary>
internal sealed class SiloLinks
{
    private static readonly LinkInstruments Instruments = new(Meters.Unheard);

    private readonly SimulatedSilo _silo;
    private readonly ClusterWatch _watch;
    private readonly SnapshotIntake _intake;
    private readonly ServedCluster _served;
    private readonly SimulatedClusterCallers _callers;

    /// <summary>Puts them together, as the silo's host does.</summary>
    /// <param name="world">The world.</param>
    /// <param name="silo">The silo.</param>
    /// <param name="links">What it knows of the ways.</param>
    /// <param name="replicas">The way to all peers of the store.</param>
    public SiloLinks(World world, SimulatedSilo silo, ClusterLinks links, PeerReplicas replicas)
    {
        (_silo, Known) = (silo, links);
        var federation = silo.Machine.Cluster.Federation;
        _callers = new SimulatedClusterCallers(world, silo);
        _intake = new SnapshotIntake(federation, links, silo.Topologies, replicas, silo.Peer, silo.Time, new ErrorWatch<SnapshotIntake>(world));
        _watch = new ClusterWatch(
            federation, links, _intake, _callers, silo.Topologies, silo.Peer, Instruments, silo.Time, new ErrorWatch<ClusterWatch>(world));
        Confirmation = new ClusterConfirmation(federation, links, _intake, _callers, new ErrorWatch<ClusterConfirmation>(world));
        _served = new ServedCluster(
            federation, links, silo.Topologies, silo.Silos, silo.Peer,
            () => silo.Machine.Cluster.Registry.CallAsync(silo, static (state, _) => state), new NoCertificates(), silo.Time);
    }

    /// <summary>Asks the other clusters which peers they have.</summary>
    public ClusterConfirmation Confirmation { get; }

    /// <summary>What is known of the ways.</summary>
    public ClusterLinks Known { get; }

    /// <summary>Takes over what the directory remembers of the other clusters.</summary>
    public void Recall() => _intake.Recall();

    /// <summary>Asks each other cluster again and again.</summary>
    public void Start()
    {
        foreach (var link in Known.All)
        {
            _silo.Life.Start(() => WatchAsync(link));
        }
    }

    /// <summary>What the silo says of its cluster.</summary>
    /// <exception cref="UnreachableException">It does not know its store yet, and so its peer port refuses every call.</exception>
    public Task<ClusterReport> AnswerAsync(ClusterQuestion question) => _silo.Peer.StoreId == Guid.Empty
        ? throw new UnreachableException($"{_silo.Machine.Id} does not know its store yet.")
        : _served.AnswerAsync(question);

    /// <summary>Asks the other clusters which peers they have.</summary>
    /// <returns>Whether all have confirmed it.</returns>
    public async Task<bool> TryConfirmAsync() => (await Confirmation.FindUnconfirmedAsync()).IsEmpty;

    private async Task WatchAsync(ClusterLink link)
    {
        var caller = _callers.Of(link.Cluster);
        while (true)
        {
            await _watch.AskAsync(caller, link);
            await Task.Delay(ClusterWatch.Period, _silo.Time);
        }
    }
}
