using AllData.Peers;
using Orleans.Concurrency;

namespace AllData.Membership;

/// <summary>
/// What silos report to the registry about departures that they have counted. Implemented by the registry; not part of the contract.
/// </summary>
[Alias("AllData.IDepartureRegistry")]
internal interface IDepartureRegistry : IGrainWithStringKey
{
    /// <summary>A count has ended.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="check">What would be left.</param>
    /// <param name="took">How long it took.</param>
    [Alias("Report"), AlwaysInterleave]
    Task Report(PeerId peer, DepartureCheck check, TimeSpan took);
}
