namespace AllData.Peers;

/// <summary>What a silo remembers of the registry's word: for a registry that may have been put back from a backup.</summary>
/// <param name="Ordinals">All ordinals that its data directory has ever seen given, as <c>AllData.Federation.SeenOrdinals</c> writes them.</param>
/// <param name="Topology">The newest topology that it has heard of.</param>
[GenerateSerializer, Immutable, Alias("AllData.SeenTopology")]
public sealed record SeenTopology([property: Id(0)] string Ordinals, [property: Id(1)] TopologySnapshot Topology);
