namespace AllData.Certificates;

/// <summary>Blocks of an interval by how their copies adhere to the policy (<see cref="Replication.Adherence"/>).</summary>
/// <param name="Strict">All copies lie with the members of the copyset.</param>
/// <param name="Relaxed">At least one lies with another peer in a member's place.</param>
/// <param name="UnderReplicated">There are fewer copies than requested.</param>
public sealed record AdherenceCounts(long Strict, long Relaxed, long UnderReplicated);
