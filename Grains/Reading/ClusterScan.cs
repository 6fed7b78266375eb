using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Scans;
using AllData.Protocol.Topologies;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Reading;

/// <summary>
/// One scan over the cluster. Window by window it asks every peer for its buckets, plans what to read from which peer, and merges. A peer that fails
/// during the scan is left out, and the window is surveyed again from the last event on. A peer that gives a damaged block is read together with
/// others.
/// </summary>
internal sealed partial class ClusterScan
{
    private const int PageBytes = 3 << 17;

    private readonly ScanServices _services;
    private readonly ILogger _logger;
    private readonly AwayPeers _away;
    private readonly BucketSurvey _survey;
    private readonly EventKey _to;
    private readonly ScanScope _scope;
    private readonly Topic? _topic;
    private readonly bool _asStored;
    private readonly ScanUse _use;
    private readonly Action<BlockId>? _onBlock;
    private readonly HashSet<CopysetSource> _damaged = [];
    private readonly Queue<ScanSegment> _segments = new();
    private readonly List<ScanDoubt> _doubts = [];
    private readonly EventPageWriter _page = new(PageBytes, maxEvents: 1);
    private ScanTrace? _trace;
    private ScanWindow? _window;
    private ScanSegment? _segment;
    private SegmentRead? _read;
    private SegmentRead? _ahead;
    private EventKey _next;
    private EventKey? _unsafeFrom;
    private bool _isBegun;
    private long _remaining;

    /// <summary>Prepares a scan; no peer is asked before the first page.</summary>
    /// <param name="services">What scans share.</param>
    /// <param name="range">What to read.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="onBlock">Told of each block that is read, of some more than once, of those of equal peers once; null: not told.</param>
    public ClusterScan(ScanServices services, ScanRange range, ScanUse use = ScanUse.Range, Action<BlockId>? onBlock = null)
    {
        _use = use;
        _onBlock = onBlock;
        _services = services;
        _logger = services.Logger;
        _away = new AwayPeers(services.Replicas, services.Time);
        _scope = range.Scope;
        _topic = range.Topic;
        _asStored = range.AsStored || use == ScanUse.Stored;
        _survey = new BucketSurvey(services, _away, _scope, _topic);
        _to = range.To ?? EventKey.MaxValue;
        _next = range.From ?? default;
        if (range.After is { } after && after >= _next)
        {
            _next = after < EventKey.MaxValue ? after.GetSuccessor() : EventKey.MaxValue;
        }

        _remaining = range.Limit ?? long.MaxValue;
    }

    private bool IsEnded => _next >= _to || _remaining <= 0;

    /// <summary>The pages; the last one says so.</summary>
    /// <param name="stop">Ends the scan at the next answer of a peer.</param>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    public async IAsyncEnumerable<ScanPage> ReadPagesAsync([EnumeratorCancellation] CancellationToken stop)
    {
        _trace = ScanTrace.Begin(_use);
        try
        {
            do
            {
                yield return await ReadPageAsync(stop);
            }
            while (!IsEnded);
        }
        finally
        {
            DropReads();
            _trace?.End();
        }
    }

    private async Task<ScanPage> ReadPageAsync(CancellationToken stop)
    {
        _trace?.Enter();
        var page = _page;
        page.Restart(Math.Max(_remaining, 1));
        while (!page.IsFull && !IsEnded)
        {
            stop.ThrowIfCancellationRequested();
            await FillAsync(page, stop);
        }

        var opened = _asStored ? OpenedPage.AsStored(page) : OpenedPage.Of(page, _services.PayloadKeys);
        foreach (var changed in opened.Unreadable.Where(static u => u.Fault == PayloadFault.NotAuthentic))
        {
            ReadLog.NotAuthentic(_logger, changed.Key, changed.EncryptionKeyId);
        }

        _remaining -= opened.Count;
        ImmutableArray<ScanDoubt> doubts = [.. _doubts];
        _doubts.Clear();
        var given = new ScanPage(opened.Records, opened.Count, page.LastKey, opened.Conflicts, doubts, IsEnded)
        {
            UnsafeFrom = _unsafeFrom,
            Unreadable = opened.Unreadable,
            Topics = opened.Topics,
            Arrivals = _use == ScanUse.Range ? [] : opened.Arrivals,
            IsAsStored = _asStored,
        };
        _trace?.OnPage(given);
        return _use == ScanUse.Follow ? given.WithoutLate() : given;
    }

    private async Task FillAsync(EventPageWriter page, CancellationToken stop)
    {
        if (_read is null && !await MoveToSegmentAsync(stop))
        {
            _next = _to;
            return;
        }

        try
        {
            await _read!.FillAsync(page);
        }
        catch (SourceFailedException e)
        {
            _services.ThrowIfStopping();
            LogSourceFailed(e.InnerException!, e.Peer);
            _away.Add(e.Peer, e.InnerException!);
            Pass(page);
            DropWindow();
            return;
        }
        catch (SourceDamagedException e)
        {
            LogSourceDamaged(_window!.Live.Topology[e.Sources[0].Peer].Id, e.Message);
            _damaged.UnionWith(e.Sources);
            Pass(page);
            PlanRest();
            return;
        }

        Pass(page);
        if (_read.IsEnded)
        {
            _next = EndOf(_segment!);
            _read.Abandon();
            _read = null;
        }
    }

    // Events that a page has are not read again, whatever happens.
    private void Pass(EventPageWriter page)
    {
        if (page.LastKey is { } last && last >= _next)
        {
            _next = last.GetSuccessor();
        }
    }

    private async Task<bool> MoveToSegmentAsync(CancellationToken stop)
    {
        while (_segments.Count == 0)
        {
            _next = _window is null ? _next : Max(_next, _window.ToMinute.GetFirstKey());
            if (IsEnded)
            {
                return false;
            }

            // Here too: an empty range may be long, and fills no page.
            stop.ThrowIfCancellationRequested();
            await MoveToWindowAsync();
        }

        _segment = _segments.Dequeue();
        _read = _ahead ?? Start(_segment);
        _ahead = _segments.TryPeek(out var following) ? Start(following) : null;
        AddDoubtsOf(_segment);
        return true;
    }

    private async Task MoveToWindowAsync()
    {
        if (!_isBegun && _use == ScanUse.Range)
        {
            var watermarks = await new WatermarkSurvey(_services).TakeAsync(_scope);
            _unsafeFrom = IsOfAll(_services.Topologies.KnownPeers) ? watermarks.Lowest : null;
            AddDoubts(watermarks.Doubts);
        }
        else if (_isBegun && _window is null)
        {
            AddDoubts(await _services.LearnTopologyAsync(_scope));
        }

        _isBegun = true;
        var live = _services.Topologies.KnownPeers;
        _window = await _survey.TakeAsync(live, _next.UnixMinute, _to.UnixMinute.Next());
        _doubts.AddRange(_window.Doubts.Select(Clip).OfType<ScanDoubt>());
        _damaged.Clear();
        PlanRest();
    }

    // What another cluster has acknowledged may come here later, below any key.
    private bool IsOfAll(LiveTopology live) => live.Topology.Snapshot.Peers.All(p => _services.IsWithin(_scope, p.Id));

    private void AddDoubts(ImmutableArray<TopologyDoubt> doubts) =>
        _doubts.AddRange(doubts.Select(d => new ScanDoubt(_next, _to, default, d.Reason) { Cluster = d.Cluster }));

    // Whole minutes are requested: a doubt outside the range does not concern this scan.
    private ScanDoubt? Clip(ScanDoubt doubt)
    {
        var clipped = doubt with { From = Max(doubt.From, _next), To = doubt.To < _to ? doubt.To : _to };
        return clipped.From < clipped.To ? clipped : null;
    }

    private void PlanRest()
    {
        DropReads();
        _segments.Clear();
        var window = _window!;
        var own = window.Live.Topology.IndexOf(_services.HostedPeer.Id);
        foreach (var segment in ScanPlanner.Plan(window.Peers, own, _damaged, readsAll: _use == ScanUse.Late))
        {
            if (EndOf(segment) > _next && segment.FromMinute.GetFirstKey() < _to)
            {
                _segments.Enqueue(segment);
            }
        }
    }

    private SegmentRead Start(ScanSegment segment) =>
        SegmentRead.Start(_services.Replicas, _window!, segment, Max(_next, segment.FromMinute.GetFirstKey()), EndOf(segment), _topic, _damaged, _onBlock);

    private EventKey EndOf(ScanSegment segment) => segment.ToMinute.GetFirstKey() is var end && end < _to ? end : _to;

    private void AddDoubtsOf(ScanSegment segment)
    {
        foreach (var peer in segment.Unsure)
        {
            _doubts.Add(_services.DoubtOf(
                Max(_next, segment.FromMinute.GetFirstKey()),
                EndOf(segment),
                _window!.Live.Topology[peer].Id,
                "it holds a damaged block here, and no other peer holds the same intact"));
        }
    }

    private void DropWindow()
    {
        DropReads();
        _segments.Clear();
        _window = null;
    }

    private void DropReads()
    {
        _read?.Abandon();
        _ahead?.Abandon();
        _read = _ahead = null;
    }

    private static EventKey Max(EventKey a, EventKey b) => a > b ? a : b;

    [LoggerMessage(LogLevel.Warning, "Peer {Peer} failed while it was read from; the scan goes on without it")]
    private partial void LogSourceFailed(Exception failure, Peers.PeerId peer);

    [LoggerMessage(LogLevel.Warning, "Peer {Peer} gave a damaged block to a scan, which reads other peers too: {Reason}")]
    private partial void LogSourceDamaged(Peers.PeerId peer, string reason);
}
