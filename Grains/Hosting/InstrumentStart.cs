using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Repair;
using AllData.Replicas;

namespace AllData.Hosting;

/// <summary>Shows the figures of a silo from the time that it is active.</summary>
internal sealed class InstrumentStart(
    SiloInstruments silo, SiloConditions conditions, TopologyCache topologies, PeerInstruments peers, PutInstruments puts, ReplicaInstruments replicas,
    HostedPeer hostedPeer, RepairInstruments repairs, RepairCounters counters, RepairLoop repair)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe<InstrumentStart>(ServiceLifecycleStage.Active, Start, static _ => Task.CompletedTask);

    private Task Start(CancellationToken cancellationToken)
    {
        silo.Show(() => conditions.Current, () => topologies.Current);
        peers.Show();
        puts.Show();
        replicas.Show(() => hostedPeer.Store?.Statistics);
        repairs.Show(counters, () => repair.Progress, () => repair.OtherClustersLag);
        return Task.CompletedTask;
    }
}
