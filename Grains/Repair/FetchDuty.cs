using AllData.Replication;

namespace AllData.Repair;

/// <summary>What a peer is to fetch of another's copies, and the other of its.</summary>
/// <param name="Owes">Whether the peer is responsible for the copies of a copyset's blocks.</param>
/// <param name="IsLeftToAnother">
/// Whether it leaves what it is missing to another peer of its region, from which it comes then; asked of nothing else. Null: nothing is left.
/// </param>
/// <param name="OtherOwes">Whether the other peer is responsible for them.</param>
internal sealed record FetchDuty(
    Func<CopysetDefinition, bool> Owes, Func<CopysetDefinition, bool>? IsLeftToAnother, Func<CopysetDefinition, bool> OtherOwes);
