using System.Collections.Immutable;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Placement;

/// <summary>A peer that a block is sent to at the start.</summary>
/// <param name="Target">The peer.</param>
/// <param name="Replaces">The copyset member that it keeps the block for; null when it is that member itself.</param>
internal readonly record struct PlannedReplica(ReplicaTarget Target, ReplicaTarget? Replaces);

/// <summary>
/// Where one block goes: its copyset, with a spare in place of each member that cannot take the block now. So an outage never changes the intended
/// peers, only which peers keep the block meanwhile.
/// </summary>
/// <param name="Copyset">The intended peers.</param>
/// <param name="Targets">Where the block goes, in the order of the members; shorter than the copyset when spares ran out.</param>
/// <param name="Unplaced">Members that are dead or take no replicas now, and for which no spare was found.</param>
/// <param name="Owed">Members without a spare because their region is cut off and is owed the copy.</param>
internal sealed record PlacementPlan(
    PlacedCopyset Copyset, ImmutableArray<PlannedReplica> Targets, ImmutableArray<ReplicaTarget> Unplaced, ImmutableArray<ReplicaTarget> Owed);
