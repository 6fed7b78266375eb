using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Scans;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>A peer unexpectedly gave a damaged block: other peers must be read too.</summary>
internal sealed class SourceDamagedException(IReadOnlyList<CopysetSource> sources, string reason) : Exception(reason)
{
    /// <summary>The sources that cannot be relied on.</summary>
    public IReadOnlyList<CopysetSource> Sources { get; } = sources;
}

/// <summary>The merge of one segment, fed by its sources.</summary>
internal sealed class SegmentRead
{
    // All pages that a scan holds at once, two for each source and segment in flight.
    private const int MaxBytesInFlight = 32 << 20;
    private const int MaxPageBytes = 3 << 17;

    private readonly BlockSource[] _sources;
    private readonly EventMerge _merge;
    private readonly IReadOnlySet<CopysetSource> _damaged;

    private SegmentRead(BlockSource[] sources, EventMerge merge, IReadOnlySet<CopysetSource> damaged)
    {
        _sources = sources;
        _merge = merge;
        _damaged = damaged;
    }

    /// <summary>Whether all events were given.</summary>
    public bool IsEnded => _merge.IsEnded;

    /// <summary>Asks every source for its first blocks.</summary>
    /// <param name="replicas">The way to the peers.</param>
    /// <param name="window">The window that the segment belongs to.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="from">First key to give.</param>
    /// <param name="to">First key beyond.</param>
    /// <param name="topic">Only events of this topic; null: all.</param>
    /// <param name="damaged">Sources that are known to give damaged blocks.</param>
    /// <param name="onBlock">Told of each block that is read; null: not told.</param>
    public static SegmentRead Start(
        IReplicas replicas, ScanWindow window, ScanSegment segment, EventKey from, EventKey to, Topic? topic, IReadOnlySet<CopysetSource> damaged,
        Action<BlockId>? onBlock = null)
    {
        var pageBytes = Math.Min(MaxPageBytes, MaxBytesInFlight / segment.Sources.Length);

        // Where more come than are named, the merge gives each event once all the same.
        var sources = segment.Sources.Select(s => new BlockSource(
            replicas, window.Live.Topology[s.Peer].Id, s.Peer, new BlockRange(from, to, new NamedCopysets(s.Copysets).Ids, After: null, pageBytes)
            {
                Topic = topic,
            }));
        return new SegmentRead([.. sources], new EventMerge(segment.Sources.Length, from, to, topic, onBlock), damaged);
    }

    /// <summary>Writes events until the page is full or the segment has ended.</summary>
    /// <exception cref="SourceFailedException">A peer did not answer; what the page has is right.</exception>
    /// <exception cref="SourceDamagedException">A peer gave a damaged block; what the page has is right.</exception>
    public async Task FillAsync(EventPageWriter page)
    {
        try
        {
            while (!_merge.IsEnded && !page.IsFull)
            {
                if (_merge.Hungry is { } source)
                {
                    await FeedAsync(source);
                }

                _merge.Write(page);
            }
        }
        catch (MergeSourceException e)
        {
            throw new SourceFailedException(_sources[e.SourceIndex].Peer, e);
        }
    }

    /// <summary>Drops the pages in flight.</summary>
    public void Abandon()
    {
        foreach (var source in _sources)
        {
            source.Abandon();
        }
    }

    private async Task FeedAsync(int index)
    {
        var source = _sources[index];
        var page = await source.TakeAsync();
        ThrowIfNewlyDamaged(source, page);
        _merge.Feed(index, page.Blocks, source.IsEnded);
    }

    private void ThrowIfNewlyDamaged(BlockSource source, BlockPage page)
    {
        var fresh = page.Damaged.Select(d => new CopysetSource(source.PeerIndex, d.Copyset)).Distinct().Where(d => !_damaged.Contains(d)).ToArray();
        if (fresh.Length > 0)
        {
            throw new SourceDamagedException(fresh, page.Damaged[0].Reason);
        }
    }
}
