using System.Runtime.CompilerServices;
using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Client.Export;
using AllData.Client.Read;
using AllData.Events;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Archive;

/// <summary>What a cluster has of an archived interval.</summary>
/// <param name="Missing">Events of the archive that it does not have.</param>
/// <param name="Others">Events that it has, and the archive does not.</param>
/// <param name="Content">What a certificate would say of the events that it has.</param>
/// <param name="Outcome">Whether all peers have answered.</param>
internal sealed record ArchiveDifference(long Missing, long Others, IntervalContent Content, ScanOutcome Outcome);

/// <summary>Compares an archived interval with what a cluster has, key by key, in the memory of one key's events and two pages.</summary>
/// <param name="reader">The cluster.</param>
/// <param name="archive">The archive.</param>
internal sealed class ArchiveComparison(IEventReader reader, ArchivedInterval archive)
{
    /// <summary>Compares.</summary>
    /// <param name="onArchived">Told of each event of the archive, and whether the cluster has it.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<ArchiveDifference> RunAsync(Func<StoredRecord, bool, ValueTask> onArchived, CancellationToken cancellation)
    {
        var interval = archive.Certificate.Interval;
        var scan = reader.Scan(new ScanRange { From = interval.FirstKey, To = interval.EndKey, Scope = ScanScope.Cluster, AsStored = true });
        var (tree, missing, others) = (new IntervalTree(), 0L, 0L);
        await using var held = ReadByKeyAsync(scan, tree, cancellation).GetAsyncEnumerator(cancellation);
        var hasMore = await held.MoveNextAsync();
        foreach (var archived in archive.ReadByKey())
        {
            for (; hasMore && held.Current[0].Key < archived[0].Key; hasMore = await held.MoveNextAsync())
            {
                others += held.Current.Count;
            }

            var same = hasMore && held.Current[0].Key == archived[0].Key ? held.Current : [];
            foreach (var one in archived)
            {
                var isHeld = same.Exists(other => AreEqual(one, other));
                missing += isHeld ? 0 : 1;
                await onArchived(one, isHeld);
            }

            others += same.Count(other => !archived.Exists(one => AreEqual(one, other)));
            hasMore = same.Count > 0 ? await held.MoveNextAsync() : hasMore;
        }

        for (; hasMore; hasMore = await held.MoveNextAsync())
        {
            others += held.Current.Count;
        }

        return new ArchiveDifference(missing, others, tree.Complete(), scan.Outcome);
    }

    private static bool AreEqual(StoredRecord one, StoredRecord other) => one.Topic == other.Topic && one.Payload.AsSpan().SequenceEqual(other.Payload);

    private static async IAsyncEnumerable<List<StoredRecord>> ReadByKeyAsync(
        EventScan scan, IntervalTree tree, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var group = new List<StoredRecord>();
        await foreach (var page in scan.ReadPagesAsync(cancellation).ReadAheadAsync(cancellation))
        {
            if (page.Count > 0 && !page.IsAsStored)
            {
                throw new UsageException("The silo that answered has an earlier version of the program, which does not give payloads as they are stored.");
            }

            foreach (var e in page.Unpack())
            {
                tree.Add(e.Key, e.Payload.Span, e.Topic);
                if (group.Count > 0 && group[0].Key != e.Key)
                {
                    yield return group;
                    group = [];
                }

                group.Add(new StoredRecord(e.Key, e.Payload.ToArray(), e.Topic));
            }
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}
