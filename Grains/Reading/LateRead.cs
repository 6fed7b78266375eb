using System.Collections.Immutable;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>
/// Reads the late events of a range of positions, by position. Every peer is asked which blocks of late events it holds; then the keys of these blocks are read
/// in all copies, because an event that lies in several blocks is given where it stands first, and nowhere else.
/// </summary>
/// <param name="services">What reading uses.</param>
/// <param name="range">The range, from behind a position up to one.</param>
/// <param name="topic">Only events of this topic; null: all.</param>
internal sealed class LateRead(ScanServices services, (EventKey After, EventKey UpTo) range, Topic? topic) : IPositionSource
{
    private const int MostListed = 8_192;

    // Far more than a block has; a list that says more would be believed to reach over others.
    private const int MostEvents = 1 << 20;

    // Blocks whose keys are neighbours are read together. Their events are held until they are in order.
    private const int MostTogether = 1_024;
    private const int MostEventsTogether = 1 << 14;
    private const long NeighbourMilliseconds = 1_000;

    // What is not near each other is read at the same time: each reading waits for all peers, some of which are far away.
    private const int MostAtOnce = 8;

    private readonly AwayPeers _away = new(services.Replicas, services.Time);
    private readonly Queue<LateBlock> _blocks = new();
    private readonly Queue<ScanPage> _pages = new();

    // Read, and not in a page yet: those of a block may stand between those of others.
    private readonly List<(EventKey Position, ScanPage Page, int Index)> _events = [];

    // What one peer says wrongly of a block must not have an event given twice.
    private readonly HashSet<EventKey> _positions = [];
    private bool _isListed;
    private EventKey _listedTo = range.After;
    private EventKey _readTo = range.After;

    /// <inheritdoc/>
    public ScanPage? Page { get; set; }

    /// <inheritdoc/>
    public EventKey UpTo { get; private set; } = range.After;

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public ImmutableArray<ScanDoubt> Doubts { get; private set; } = [];

    /// <inheritdoc/>
    public async Task AdvanceAsync(CancellationToken stop)
    {
        if (_pages.Count == 0 && _blocks.Count == 0 && _listedTo < range.UpTo)
        {
            await ListAsync();
        }
        else if (_pages.Count == 0 && _blocks.Count > 0)
        {
            await ReadAsync(stop);
        }

        if (_pages.TryDequeue(out var page))
        {
            (Page, UpTo) = (page, _pages.Count > 0 ? page.LastPosition!.Value : _readTo);
        }
        else
        {
            UpTo = _readTo;
        }

        IsEnded = !Doubts.IsEmpty ? _pages.Count == 0 : UpTo >= range.UpTo;
    }

    private async Task ListAsync()
    {
        var live = services.Topologies.KnownPeers;
        var question = BucketRange.OfLate(new LateRange(_listedTo, range.UpTo, MostListed));
        var answers = await new StoringPeers(services, _away).AskAsync(live, ScanScope.Store, question);
        if (answers.SelectMany(a => DoubtsOf(live, a)).ToImmutableArray() is { IsEmpty: false } doubts)
        {
            Doubts = doubts;
            return;
        }

        // A peer of an earlier version has none: it does not take them.
        LateBlocks[] listed = [.. answers.Select(static a => a.Page!.Late).OfType<LateBlocks>()];
        var (before, to) = (_listedTo, listed.Length == 0 ? range.UpTo : listed.Min(static l => l.UpTo));
        var said = listed.SelectMany(static l => l.Blocks).GroupBy(static b => (b.Arrival, b.First.UnixMinute));
        foreach (var block in said.Select(Widest).OrderBy(static b => b.Arrival))
        {
            // One that has begun before is among the first ones only: later it was read already.
            if (block.Arrival <= to && (!_isListed || block.Arrival > before))
            {
                _blocks.Enqueue(block);
            }
        }

        (_isListed, _listedTo) = (true, to);
        Release();
    }

    private IEnumerable<ScanDoubt> DoubtsOf(LiveTopology live, StoringPeers.Answer answer)
    {
        var peer = live.Topology[answer.Peer].Id;
        var reasons = answer.Page is not { } page ? [answer.Reason!]
            : page.Late is not { } late ? []
            : late.UpTo <= _listedTo || late.Blocks.Any(static b => !IsPossible(b)) ? ["its list of late events makes no sense"]
            : page.Damaged.Select(static d => d.Reason);
        return reasons.Select(reason => services.DoubtOf(_listedTo.GetSuccessor(), EventKey.MaxValue, peer, reason));
    }

    // Up to there is no late event that was not read.
    private EventKey NextArrival() =>
        _blocks.TryPeek(out var next) && next.Arrival > range.After ? next.Arrival.GetPredecessor() : _blocks.Count > 0 ? range.After : _listedTo;

    private async Task ReadAsync(CancellationToken stop)
    {
        var groups = new List<List<LateBlock>>();
        while (groups.Count < MostAtOnce && _blocks.Count > 0)
        {
            groups.Add(TakeNeighbours());
        }

        var read = await Task.WhenAll(groups.Select(together => ReadAsync(together, stop)));
        Doubts = [.. read.SelectMany(static r => r.Doubts)];
        if (!Doubts.IsEmpty)
        {
            return;
        }

        foreach (var page in read.SelectMany(static r => r.Pages))
        {
            for (var i = 0; i < page.Count; i++)
            {
                if (page.Arrivals[i] > _readTo && _positions.Add(page.Arrivals[i]))
                {
                    _events.Add((page.Arrivals[i], page, i));
                }
            }
        }

        Release();
    }

    private async Task<(List<ScanPage> Pages, ImmutableArray<ScanDoubt> Doubts)> ReadAsync(List<LateBlock> together, CancellationToken stop)
    {
        var pages = new List<ScanPage>();
        var keys = new ScanRange
        {
            From = together.Min(static b => b.First),
            To = together.Max(static b => b.Last).GetSuccessor(),
            Topic = topic,
        };
        await foreach (var page in new ClusterScan(services, keys, ScanUse.Late).ReadPagesAsync(stop))
        {
            if (!page.Doubts.IsEmpty)
            {
                // A copy that cannot be seen may stand before these.
                return ([], [.. page.Doubts.Select(d => d with { From = UpTo.GetSuccessor(), To = EventKey.MaxValue })]);
            }

            // Without the events that are not late: a page is held until all of its events have had their turn.
            var index = 0;
            if (!page.Arrivals.IsEmpty && page.Where(_ => IsOf(together, page.Arrivals[index++])) is { } late)
            {
                pages.Add(late);
            }
        }

        return (pages, []);
    }

    private bool IsOf(List<LateBlock> together, EventKey position)
    {
        if (position <= range.After || position > range.UpTo)
        {
            return false;
        }

        // By arrival. Blocks of other coordinators may have begun in between.
        var (at, lowest) = (together.FindLastIndex(b => b.Arrival <= position), ArrivalKeys.LowestFirst(position));
        while (at >= 0 && together[at].Arrival >= lowest && !ArrivalKeys.Has(together[at].Arrival, together[at].Events, position))
        {
            at--;
        }

        return at >= 0 && together[at].Arrival >= lowest;
    }

    // Of one block peers say the same. Where they do not, what all of them say is read.
    private static LateBlock Widest(IGrouping<(EventKey Arrival, UnixMinute Minute), LateBlock> said) =>
        new(said.Key.Arrival, said.Max(static b => b.Events), said.Min(static b => b.First), said.Max(static b => b.Last));

    // What stands before the next block.
    private void Release()
    {
        _readTo = NextArrival();
        _events.Sort(static (a, b) => a.Position.CompareTo(b.Position));
        var ready = _events.FindIndex(e => e.Position > _readTo) is >= 0 and var index ? index : _events.Count;
        PositionPages.Build(_events[..ready]).ForEach(_pages.Enqueue);
        _positions.ExceptWith(_events.Take(ready).Select(static e => e.Position));
        _events.RemoveRange(0, ready);
    }

    private static bool IsPossible(LateBlock block) =>
        block.Events is >= 1 and <= MostEvents && block.First <= block.Last && block.Last < block.Arrival && !block.Arrival.IsReserved
        && block.First.UnixMinute == block.Last.UnixMinute;

    private List<LateBlock> TakeNeighbours()
    {
        var together = new List<LateBlock> { _blocks.Dequeue() };
        var (first, last, events) = (together[0].First.UnixMilliseconds, together[0].Last.UnixMilliseconds, together[0].Events);
        while (together.Count < MostTogether && events < MostEventsTogether && _blocks.TryPeek(out var next)
            && next.First.UnixMilliseconds <= last + NeighbourMilliseconds
            && next.Last.UnixMilliseconds >= first - NeighbourMilliseconds)
        {
            together.Add(_blocks.Dequeue());
            (first, last) = (Math.Min(first, next.First.UnixMilliseconds), Math.Max(last, next.Last.UnixMilliseconds));
            events += next.Events;
        }

        return together;
    }
}
