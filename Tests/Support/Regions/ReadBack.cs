using AllData.Client.Bench;
using AllData.Reading;

namespace AllData.Tests.Support;

/// <summary>What a scan of everything gave of the events that loads were told are stored.</summary>
/// <param name="Missing">Acknowledged events that it did not give.</param>
/// <param name="Doubled">Events of the loads that it gave more than once, under one key or several.</param>
/// <param name="Given">Events that it gave, those of others and those that were not acknowledged included.</param>
/// <param name="Conflicts">Keys with several events.</param>
/// <param name="Doubts">What it could not be certain of; 0: it calls itself complete.</param>
internal sealed record ReadBack(long Missing, long Doubled, long Given, long Conflicts, int Doubts)
{
    /// <summary>Whether every acknowledged event was given exactly once.</summary>
    public bool IsExact => Missing == 0 && Doubled == 0 && Conflicts == 0 && Doubts == 0;

    /// <summary>Scans everything, once for all loads.</summary>
    public static async Task<ReadBack> ReadAsync(IEventReader reader, IReadOnlyCollection<RunRecord> loads, CancellationToken stop = default)
    {
        var found = loads.Select(static load => new Found(load.Events, load.AcknowledgedNumbers, new EventBits())).ToArray();
        var (given, doubled) = (0L, 0L);
        var scan = reader.Scan(ScanRange.All);
        await foreach (var page in scan.ReadPagesAsync(stop))
        {
            given += page.Count;
            doubled += Note(page, found);
        }

        var missing = found.Sum(static load => load.Acknowledged.Except(load.Numbers).LongCount());
        return new ReadBack(missing, doubled, given, scan.Outcome.Conflicts, scan.Outcome.Doubts.Length);
    }

    private static long Note(ScanPage page, Found[] loads)
    {
        var doubled = 0L;
        for (var events = page.GetReader(); events.MoveNext();)
        {
            foreach (var load in loads)
            {
                if (load.Events.TryRead(events.Current.Payload, out var number))
                {
                    doubled += load.Numbers.Add(number) ? 0 : 1;
                    break;
                }
            }
        }

        return doubled;
    }

    private sealed record Found(NumberedEvents Events, EventBits Acknowledged, EventBits Numbers);
}
