using AllData.Membership;
using AllData.Peers;
using AllData.Simulation.Running;
using AllData.Storage.Directories;

namespace AllData.Simulation.Machines;

/// <summary>A silo's own peer in one life, over its simulated disk.</summary>
internal sealed class SimulatedPeer(World world, SimulatedSilo silo) : ICoordinatingPeer
{
    /// <inheritdoc/>
    public PeerId Id => silo.Machine.Id;

    /// <inheritdoc/>
    public PeerLocation Location => silo.Machine.Location;

    /// <inheritdoc/>
    public Guid ClusterId => World.ClusterId;

    /// <summary>Known when the registry has accepted the directory.</summary>
    public Guid StoreId => silo.Machine.Disk.Ordinal > 0 ? World.ClusterId : Guid.Empty;

    /// <inheritdoc/>
    public string? Refusal => silo.IsAccepted ? null : "The registry has not accepted it.";

    /// <inheritdoc/>
    public TimeSpan IntervalLength => world.Settings.IntervalLength;

    /// <inheritdoc/>
    public IPeerDirectory Directory { get; } = new SimulatedDirectory(silo.Machine, forgetsLease: world.Settings.Bug == PlantedBug.ForgetLease);
}
