using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Links;

/// <summary>The ways from one silo to the other clusters.</summary>
internal sealed class SimulatedClusterCallers(World world, SimulatedSilo silo) : IClusterCallers
{
    /// <inheritdoc/>
    public IClusterCaller Of(FederationCluster cluster) => new SimulatedClusterCaller(world, silo, world.Clusters[cluster.Number]);
}

/// <summary>Asks another cluster: the silo that has answered last, and the next one where that does not.</summary>
internal sealed class SimulatedClusterCaller(World world, SimulatedSilo silo, SimulatedCluster cluster) : IClusterCaller
{
    private int _preferred = silo.Machine.Number;
    private TopologySnapshot? _first;

    /// <inheritdoc/>
    public async Task<ClusterReport> AskAsync(ClusterQuestion question, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var report = world.Drop.Heard(await AskOneOfAllAsync(question).WaitAsync(deadline, silo.Time, cancellationToken));
        return world.Settings.Bug == PlantedBug.BelieveOldSnapshot ? Age(report) : report;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question, TimeSpan deadline, CancellationToken cancellationToken) =>
        throw new NotSupportedException("No simulated silo asks another cluster for certificates.");

    private async Task<ClusterReport> AskOneOfAllAsync(ClusterQuestion question)
    {
        var machines = cluster.Machines.ToList();
        for (var i = 0; i < machines.Count; i++)
        {
            try
            {
                // Should this one not answer in time, the next question goes to the next.
                var asked = machines[_preferred++ % machines.Count];
                var report = await world.Network.CallAsync(silo, asked, other => other.Links!.AnswerAsync(question));
                _preferred--;
                return report;
            }
            catch (UnreachableException)
            {
                // Nothing listens there.
            }
        }

        throw new UnreachableException($"No silo of cluster {cluster.Number} listens.");
    }

    // The planted bug: what the cluster said first is taken for what it says now.
    private ClusterReport Age(ClusterReport report)
    {
        if (report.Topology is not { } topology)
        {
            return report;
        }

        _first ??= topology;
        return report with { Topology = _first with { Version = topology.Version } };
    }
}
