using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Sealing;

/// <summary>Closes intervals at this silo's peer.</summary>
internal interface IPeerClosing
{
    /// <summary>Promises durably that no more puts of an interval are taken, if it is over, and says what is known of it.</summary>
    Task<CloseReply> CloseAsync(Interval interval, CancellationToken stop);

    /// <summary>What the peer holds of each interval, in short.</summary>
    Task<ImmutableArray<IntervalMark>> GetHeldAsync(CancellationToken stop);
}
