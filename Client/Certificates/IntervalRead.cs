using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Certificates;

/// <summary>What was read of an interval.</summary>
/// <param name="Content">The events, as a certificate says them.</param>
/// <param name="Outcome">Whether all peers have answered.</param>
/// <param name="Proven">The events of the key that is to be proven.</param>
/// <param name="Payloads">Their payloads as they are stored, by hash.</param>
/// <param name="Marked">How many payloads may be stored in another form than they were put.</param>
internal sealed record IntervalReading(
    IntervalContent Content, ScanOutcome Outcome, ImmutableArray<ProvenEvent> Proven, IReadOnlyDictionary<TreeHash, byte[]> Payloads, long Marked);

/// <summary>Reads the events of an interval as they are stored, and computes what its certificate says of them.</summary>
/// <param name="reader">The cluster.</param>
/// <param name="tally">Counts what is read.</param>
internal sealed class IntervalRead(IEventReader reader, ReadTally tally)
{
    /// <summary>Reads.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="proven">The key whose events are to be proven; null: none.</param>
    /// <param name="onKey">Told of each key; null: not told.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="UsageException">The silo that answers gives no payloads as they are stored.</exception>
    public async Task<IntervalReading> RunAsync(Interval interval, EventKey? proven, Action<EventKey>? onKey, CancellationToken cancellation)
    {
        var (tree, payloads, marked) = (new IntervalTree(proven), new Dictionary<TreeHash, byte[]>(), 0L);
        var scan = reader.Scan(new ScanRange { From = interval.FirstKey, To = interval.EndKey, Scope = ScanScope.Cluster, AsStored = true });
        await foreach (var page in scan.ReadPagesAsync(cancellation).ReadAheadAsync(cancellation))
        {
            if (page.Count > 0 && !page.IsAsStored)
            {
                throw new UsageException("The silo that answered has an earlier version of the program, which does not give payloads as they are stored.");
            }

            Take(page);
            tally.Add(page.Count, page.Records.Length);
        }

        var content = tree.Complete();
        return new IntervalReading(content, scan.Outcome, [.. tree.GetProven()], payloads, marked);

        void Take(ScanPage page)
        {
            var records = page.GetReader();
            for (var i = 0; records.MoveNext(); i++)
            {
                var (key, entry) = (records.Current.Key, EventEntry.Of(records.Current.Key, records.Current.Payload, page.Topics?.Of(i)));
                tree.Add(entry);
                marked += StoredMark.IsOn(records.Current.Payload) ? 1 : 0;
                onKey?.Invoke(key);
                if (key == proven)
                {
                    payloads[entry.PayloadHash] = records.Current.Payload.ToArray();
                }
            }
        }
    }
}
