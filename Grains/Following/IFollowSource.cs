using AllData.Events;
using AllData.Reading;

namespace AllData.Following;

/// <summary>What readers that follow need of the store.</summary>
internal interface IFollowSource
{
    /// <summary>Finds out up to where nothing more can appear.</summary>
    Task<SafePointReading> ReadSafePointAsync();

    /// <summary>The events between two positions, by position, once for all readers of this silo.</summary>
    /// <param name="after">The first position before them.</param>
    /// <param name="upTo">The last position.</param>
    /// <param name="stop">Ends the scan.</param>
    IAsyncEnumerable<ScanPage> ReadSharedAsync(EventKey after, EventKey upTo, CancellationToken stop);

    /// <summary>The events between two positions, for one reader that is behind: one of the scans that may run at once.</summary>
    /// <param name="after">The first position before them.</param>
    /// <param name="upTo">The last position.</param>
    /// <param name="topic">Only events of this topic; null: all.</param>
    /// <exception cref="Errors.TooManyScansException">As many run as may.</exception>
    /// <exception cref="TimeoutException">The reader takes pages too slowly.</exception>
    IAsyncEnumerable<ScanPage> ReadOwnAsync(EventKey after, EventKey upTo, Topic? topic);

    /// <summary>Whether the silo stops: its readers continue through others.</summary>
    bool IsStopping { get; }
}
