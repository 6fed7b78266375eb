using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Bench;

/// <summary>The result of reading a run's events back.</summary>
/// <param name="Lost">Events that were acknowledged and are not there.</param>
/// <param name="FirstLost">Numbers of the first of them.</param>
/// <param name="Doubles">Events that are there more than once, under several keys.</param>
/// <param name="Unacknowledged">Events that are there although they were not acknowledged: a put that failed may have written.</param>
/// <param name="Doubts">Ranges of keys that could not be read for certain.</param>
internal sealed record VerificationResult(long Lost, IReadOnlyList<long> FirstLost, long Doubles, long Unacknowledged, int Doubts);

/// <summary>Reads back what a run has put, and compares it with what was acknowledged.</summary>
internal sealed class Verification(IEventReader reader)
{
    /// <summary>At most this many numbers of lost events are reported.</summary>
    public const int MaxLostTold = 10;

    // Keys of events that were not acknowledged may lie slightly outside of those that were; without keys only this machine's clock is known.
    private const long MarginMilliseconds = 2_000;

    private readonly EventBits _found = new();
    private long _doubles;

    /// <summary>Reads the run's range of keys.</summary>
    public async Task<VerificationResult> RunAsync(RunRecord record, CancellationToken cancellation)
    {
        if (record.KeyTimes is not { } times)
        {
            return new VerificationResult(0, [], 0, 0, 0);
        }

        var scan = reader.Scan(new ScanRange
        {
            From = EventKey.FirstAt(Math.Max(times.First - MarginMilliseconds, 0)),
            To = EventKey.FirstAt(times.Last + MarginMilliseconds),
        });
        await foreach (var page in scan.ReadPagesAsync(cancellation))
        {
            Note(page, record.Events);
        }

        var lost = record.AcknowledgedNumbers.Except(_found).ToList();
        var unacknowledged = _found.Except(record.AcknowledgedNumbers).LongCount();
        return new VerificationResult(lost.Count, [.. lost.Take(MaxLostTold)], _doubles, unacknowledged, scan.Outcome.Doubts.Length);
    }

    private void Note(ScanPage page, NumberedEvents events)
    {
        for (var reader = page.GetReader(); reader.MoveNext();)
        {
            if (events.TryRead(reader.Current.Payload, out var number) && !_found.Add(number))
            {
                _doubles++;
            }
        }
    }
}
