using Orleans.Concurrency;

namespace AllData.Replicas;

/// <summary>
/// What the console asks each silo about every second: a bounded answer, however many peers there are. Implemented by the replica; not part of the contract,
/// so that clients do not call it.
/// </summary>
[Alias("AllData.IPeerFigures")]
internal interface IPeerFigures : IGrainWithStringKey
{
    /// <summary>The figures of this moment.</summary>
    /// <param name="intervals">How many of the newest intervals that the peer holds are described; 0: none.</param>
    [Alias("GetFigures"), AlwaysInterleave]
    Task<PeerFigures> GetFigures(int intervals);
}
