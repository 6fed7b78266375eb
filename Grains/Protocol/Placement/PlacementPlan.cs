using System.Collections.Immutable;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Placement;

/// <summary>A peer that a block is sent to at the start.</summary>
/// <param name="Target">The peer.</param>
/// <param name="Replaces">The copyset member that it keeps the block for; null when it is that member itself.</param>
internal readonly record struct PlannedReplica(ReplicaTarget Target, ReplicaTarget? Replaces);

/// <summary>
/// Where one block goes: its copyset, each member that cannot take it now replaced at once by a spare. So an outage never changes what is
/// meant, only who keeps it meanwhile.
/// </summary>
/// <param name="Copyset">What is meant.</param>
/// <param name="Targets">Where the block goes, in the order of the members; shorter than the copyset when spares ran out.</param>
/// <param name="Unplaced">Members that are dead or take no replicas now, and for which there is no spare.</param>
internal sealed record PlacementPlan(PlacedCopyset Copyset, ImmutableArray<PlannedReplica> Targets, ImmutableArray<ReplicaTarget> Unplaced);
