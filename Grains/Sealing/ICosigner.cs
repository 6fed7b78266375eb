using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>The cosigner of another peer: what <see cref="ICosignerGrain"/> answers, by whichever way it is asked.</summary>
internal interface ICosigner
{
    /// <inheritdoc cref="ICosignerGrain.Close"/>
    Task<CloseReply> CloseAsync(Interval interval);

    /// <inheritdoc cref="ICosignerGrain.GetStanding"/>
    Task<LogStanding> GetStandingAsync();

    /// <inheritdoc cref="ICosignerGrain.Cosign"/>
    Task<CosignReply> CosignAsync(CosignRequest request);

    /// <inheritdoc cref="ICosignerGrain.Refuse"/>
    Task<string?> RefuseAsync(long size, TreeHash root);

    /// <inheritdoc cref="ICosignerGrain.Follow"/>
    Task<long> FollowAsync(PeerId source, string note);

    /// <inheritdoc cref="ICosignerGrain.GetHeld"/>
    Task<ImmutableArray<IntervalMark>> GetHeldAsync();

    /// <inheritdoc cref="ICosignerGrain.ReadEntries"/>
    Task<ImmutableArray<string>> ReadEntriesAsync(long from);

    /// <inheritdoc cref="ICosignerGrain.Seal"/>
    Task<SealOutcome> SealAsync(SealOrder order);
}
