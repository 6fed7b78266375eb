using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Reading;

namespace AllData.Sealing;

/// <summary>The events of an interval, read from their bytes.</summary>
/// <param name="Content">Their number and root; null where it is not known that all peers were asked.</param>
/// <param name="Doubtful">Peers that may hold something else: they did not answer, or could not read it.</param>
internal sealed record IntervalRoot(IntervalContent? Content, ImmutableHashSet<PeerId> Doubtful)
{
    /// <summary>
    /// Reads an interval by a merged scan and makes its tree. What is in memory are the pages of the scan, the events of one key, and a hash for each level
    /// of the tree.
    /// </summary>
    /// <param name="scans">What reading uses.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="onBlock">Told of each block that is read.</param>
    /// <param name="onEvent">Told of each event that is read; null: nothing is told.</param>
    /// <param name="pace">Rests between two pages.</param>
    /// <param name="stop">Ends it between two pages.</param>
    public static async Task<IntervalRoot> ReadAsync(
        ScanServices scans, Interval interval, Action<BlockId> onBlock, Action<EventEntry>? onEvent, ReadingPace pace, CancellationToken stop)
    {
        var tree = new IntervalTree();
        var doubtful = ImmutableHashSet.CreateBuilder<PeerId>();
        var range = ScanRange.All with { From = interval.FirstKey, To = interval.EndKey, Scope = ScanScope.Cluster };
        var isAsked = true;
        await foreach (var page in new ClusterScan(scans, range, ScanUse.Stored, onBlock).ReadPagesAsync(stop))
        {
            Add(tree, page, onEvent);

            // A doubt that names no peer is about which peers there are.
            isAsked &= page.Doubts.All(static doubt => doubt.Peer != default);
            doubtful.UnionWith(page.Doubts.Select(static doubt => doubt.Peer));
            await pace.RestAsync(stop);
        }

        return new IntervalRoot(isAsked ? tree.Complete() : null, doubtful.ToImmutable());
    }

    private static void Add(IntervalTree tree, ScanPage page, Action<EventEntry>? onEvent)
    {
        var reader = page.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            var entry = EventEntry.Of(reader.Current.Key, reader.Current.Payload, page.Topics?.Of(i));
            tree.Add(entry);
            onEvent?.Invoke(entry);
        }
    }
}
