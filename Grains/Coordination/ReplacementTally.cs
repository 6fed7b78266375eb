using AllData.Peers;

namespace AllData.Coordination;

/// <summary>How many replicas a silo has sent to one peer instead of another since its process began.</summary>
/// <param name="Meant">The peer that they were meant for.</param>
/// <param name="Instead">The peer that they were sent to.</param>
/// <param name="Replicas">How many.</param>
[GenerateSerializer, Immutable, Alias("AllData.ReplacementTally")]
internal readonly record struct ReplacementTally([property: Id(0)] PeerId Meant, [property: Id(1)] PeerId Instead, [property: Id(2)] long Replicas);
