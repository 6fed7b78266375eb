namespace AllData.Placement;

/// <summary>Places a grain on the silo of the peer that its key names, and nowhere else: its data lies on that peer's disk.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("AllData.PinnedToPeerPlacement")]
internal sealed class PinnedToPeerPlacement : PlacementStrategy
{
    public static PinnedToPeerPlacement Singleton { get; } = new();

    /// <summary>
    /// False: where the grain is follows from its key, nothing needs to be registered. With the directory, the death of the silo that keeps
    /// the registration would deactivate the grain on its own, healthy silo.
    /// </summary>
    public override bool IsUsingGrainDirectory => false;
}
