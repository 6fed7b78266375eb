using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Repair;
using AllData.Simulation.Running;
using AllData.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Simulation.Machines;

/// <summary>Runs a silo's repair, the real one, round after round; a planted bug may stand before it.</summary>
internal sealed class RepairAgent(World world, SimulatedSilo silo) : IRepairCluster
{
    private readonly SiloRepairCluster _cluster = new(
        silo.Topologies, new PeerHomes(silo.Topologies, silo.Machine.Cluster.Federation), silo.Replicas, silo.RegionLinks);

    private Reconciler? _reconciler;
    private CopysetResolver? _resolver;

    /// <inheritdoc/>
    public Topology Topology => _cluster.Topology;

    /// <summary>What repair has done in this life.</summary>
    public RepairCounters Counters { get; } = new();

    /// <inheritdoc/>
    public bool IsAlive(PeerId peer) => _cluster.IsAlive(peer);

    /// <inheritdoc/>
    public string? OtherClusterOf(PeerId peer) => _cluster.OtherClusterOf(peer);

    /// <inheritdoc/>
    public IRepairSource SourceOf(PeerId peer)
    {
        var source = _cluster.SourceOf(peer);
        return world.Settings.Bug == PlantedBug.ForgetForeign
            ? new ForgetfulReplica(source, copyset => Resolver.MembersOf(copyset).Contains(Topology.IndexOf(peer)))
            : source;
    }

    /// <summary>Repairs as long as the silo lives.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            var hasMore = silo.IsAccepted && silo.Store.ReadOnlyReason is null && await TryRoundAsync();
            if (!hasMore)
            {
                await Task.Delay(world.Settings.Repair.Round, silo.Time);
            }
        }
    }

    private CopysetResolver Resolver => _resolver is { } known && ReferenceEquals(known.Topology, Topology) ? known : _resolver = new(Topology);

    private async Task<bool> TryRoundAsync()
    {
        try
        {
            _reconciler ??= new Reconciler(
                silo.Machine.Id, this, silo.Store, world.Settings.Repair, world.Settings.IntervalLength, silo.Clock.Agreed, Counters,
                NullLogger<Reconciler>.Instance);
            return await _reconciler.RunRoundAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            world.Trace.Note(TraceKind.RoundFailed, silo.Machine.Number, e.GetType().Name);
            return false;
        }
    }
}
