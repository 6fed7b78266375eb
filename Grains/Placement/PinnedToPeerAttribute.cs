using Orleans.Metadata;
using Orleans.Placement;

namespace AllData.Placement;

/// <summary>
/// Pins a grain class whose keys are made by <see cref="GrainFactoryExtensions.ReplicaKey"/> to the silo of the peer, for as long as that
/// silo lives: it is not collected when idle and not moved.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PinnedToPeerAttribute() : PlacementAttribute(PinnedToPeerPlacement.Singleton)
{
    /// <inheritdoc/>
    public override void Populate(IServiceProvider services, Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        base.Populate(services, grainClass, grainType, properties);
        new KeepAliveAttribute().Populate(services, grainClass, grainType, properties);
        new ImmovableAttribute().Populate(services, grainClass, grainType, properties);

        // The strategy alone does not keep callers from asking the cluster's directory, and so from waiting for a dead silo that owns a
        // part of it.
        properties[WellKnownGrainTypeProperties.GrainDirectory] = NoGrainDirectory.Name;
    }
}
