using AllData.Intervals;

namespace AllData.Silo.Http.Console;

/// <summary>The newest intervals.</summary>
/// <param name="LengthSeconds">The length of each.</param>
/// <param name="Rows">The intervals, ascending.</param>
internal sealed record IntervalsDocument(double LengthSeconds, IntervalRow[] Rows);

/// <summary>An interval.</summary>
/// <param name="Interval">Its start, as its files are named.</param>
/// <param name="State">Its state.</param>
/// <param name="Events">Events of the peer that holds most, at least.</param>
/// <param name="Peers">Peers that hold something of it.</param>
/// <param name="Text">Its state in sentences.</param>
internal sealed record IntervalRow(Interval Interval, IntervalMood State, long Events, int Peers, string Text);

/// <summary>The state of an interval in the cluster.</summary>
internal enum IntervalMood
{
    /// <summary>It takes puts, and all is well.</summary>
    Open,

    /// <summary>Some replicas have closed it, others will.</summary>
    Closing,

    /// <summary>All replicas have closed it, and all is well.</summary>
    Closed,

    /// <summary>All replicas have closed it, it is certified that all events are in it, and all is well.</summary>
    Sealed,

    /// <summary>
    /// A copy is owed or damaged, or fewer peers are silent than copies were waited for: what was acknowledged lies with a peer that answers.
    /// </summary>
    Degraded,

    /// <summary>
    /// So many peers are silent, or a cluster is cut off, that they alone may hold something that was acknowledged; or its certificate says that something may
    /// be missing.
    /// </summary>
    Unknown,
}
