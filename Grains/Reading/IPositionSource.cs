using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Reading;

/// <summary>One of the sources that a <see cref="PositionScan"/> merges: events by position, and up to where it has given all of its own.</summary>
internal interface IPositionSource
{
    /// <summary>Events up to <see cref="UpTo"/> that were not taken yet; null when there are none.</summary>
    ScanPage? Page { get; set; }

    /// <summary>Everything of this source up to this position was taken, or is in <see cref="Page"/>.</summary>
    EventKey UpTo { get; }

    /// <summary>Whether it goes no further.</summary>
    bool IsEnded { get; }

    /// <summary>What is in doubt behind <see cref="UpTo"/>, when it ended there.</summary>
    ImmutableArray<ScanDoubt> Doubts { get; }

    /// <summary>Reads on, when <see cref="Page"/> was taken and it has not ended.</summary>
    Task AdvanceAsync(CancellationToken stop);
}
