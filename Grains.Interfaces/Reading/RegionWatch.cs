using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Waits until an event is held in several regions, by asking again and again which peers hold it.</summary>
internal sealed class RegionWatch(IEventReader reader, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>The regions that hold it, when there are as many as requested.</summary>
    /// <exception cref="TimeoutException">There are not, so long after the call; the sentence names those that hold it.</exception>
    public async Task<ImmutableArray<string>> WhenInAsync(PutReceipt receipt, int regions, TimeSpan within, CancellationToken cancellation)
    {
        ImmutableArray<string> held = [.. receipt.Replicas.Select(static r => r.Location.Region).Distinct().Order(StringComparer.Ordinal)];
        var started = time.GetTimestamp();
        for (var pause = FirstPause; held.Length < regions; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (time.GetElapsedTime(started) + pause > within)
            {
                throw new TimeoutException(
                    $"Event {receipt.Key} is stored, but was not found in {regions} regions within {within}: it is held in {string.Join(", ", held)}. "
                    + "Repair goes on: ask again later.");
            }

            await Task.Delay(pause, time, cancellation);
            held = await FindAsync(receipt, cancellation) is { Length: > 0 } found ? [.. held.Union(found).Order(StringComparer.Ordinal)] : held;
        }

        return held;
    }

    // A silo that cannot answer says nothing of the event.
    private async Task<ImmutableArray<string>> FindAsync(PutReceipt receipt, CancellationToken cancellation)
    {
        try
        {
            return (await reader.GetAsync(receipt.Key, cancellation)).Regions;
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException or Errors.RegistryUnavailableException)
        {
            return [];
        }
    }
}
