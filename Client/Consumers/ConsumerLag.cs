using AllData.Consumers;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Consumers;

/// <summary>What a consumer has not acknowledged yet.</summary>
/// <param name="Behind">How long ago the oldest of these events was put, by its key; zero where there are none.</param>
/// <param name="Events">How many were counted.</param>
/// <param name="IsAtLeast">Whether there may be more: the count was ended, or a peer did not answer.</param>
internal sealed record ConsumerLag(TimeSpan Behind, long Events, bool IsAtLeast)
{
    /// <summary>Counts by a scan after the position; null where the position is not known yet.</summary>
    /// <param name="reader">Reads the store.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="limit">Events that are counted, at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ConsumerLag?> CountAsync(
        IEventReader reader, ConsumerPosition consumer, long limit, TimeProvider time, CancellationToken cancellation)
    {
        if (consumer.Position is not { } position)
        {
            return null;
        }

        EventKey? oldest = null;
        var scan = reader.Scan(new ScanRange { After = position, Limit = limit });
        await foreach (var page in scan.ReadPagesAsync(cancellation))
        {
            oldest ??= page.Count > 0 ? page.Unpack().First().Key : null;
        }

        var behind = oldest is { } key ? time.GetUtcNow() - key.Timestamp : TimeSpan.Zero;
        return new ConsumerLag(
            behind > TimeSpan.Zero ? behind : TimeSpan.Zero, scan.Outcome.Events, scan.Outcome.Events >= limit || !scan.Outcome.IsComplete);
    }
}
