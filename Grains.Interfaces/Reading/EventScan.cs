using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>
/// A scan in progress: enumerate it once, as events or (faster, for bulk work) as pages of packed records. When the silo that runs it dies, it
/// continues through another one after the last event given.
/// </summary>
public sealed class EventScan : IAsyncEnumerable<ScannedEvent>
{
    // Each attempt that gives at least one page counts again, so that only silos that fail one after the other end a scan.
    private const int MaxAttempts = 5;

    // A page is large: more of them in one answer would only take memory.
    private const int PagesPerAnswer = 1;

    private readonly Func<ScanRange, IAsyncEnumerable<ScanPage>> _open;
    private readonly KnownStore? _store;
    private readonly ScanRange _range;
    private readonly DoubtLedger _doubts = new();
    private long _events;
    private long _conflicts;
    private long _unreadable;
    private EventKey? _readTo;
    private EventKey? _unsafeFrom = EventKey.MaxValue;
    private bool _isBegun;
    private bool _isEnded;

    internal EventScan(IGrainFactory grains, ScanRange range)
        : this(rest => grains.GetGrain<IEventScanGrain>(Guid.NewGuid()).Scan(rest).WithBatchSize(PagesPerAnswer), grains.GetKnownStore(), range)
    {
    }

    private EventScan(Func<ScanRange, IAsyncEnumerable<ScanPage>> open, KnownStore? store, ScanRange range) =>
        (_open, _store, _range) = (open, store, range);

    /// <summary>A scan of events in memory: what an <see cref="IEventReader"/> written for a test answers.</summary>
    /// <param name="events">The events, in any order; those outside the range are left out, as the store does.</param>
    /// <param name="range">The requested range.</param>
    /// <param name="doubts">The doubts that the outcome reports.</param>
    public static EventScan Of(IEnumerable<ScannedEvent> events, ScanRange range, params ImmutableArray<ScanDoubt> doubts)
    {
        ArgumentNullException.ThrowIfNull(events);
        return new EventScan(rest => PageOf(events, rest, doubts), store: null, range);
    }

    /// <summary>
    /// The last key given, as an event or with a page; null before the first. A scan that is cut off continues after it; a reader that follows new
    /// events continues after <see cref="ScanOutcome.SafeUpTo"/>.
    /// </summary>
    public EventKey? LastKey { get; private set; }

    /// <summary>What is known at the end: whether everything was given, and if not, which peers must answer.</summary>
    /// <exception cref="InvalidOperationException">The scan has not ended.</exception>
    public ScanOutcome Outcome => _isEnded
        ? new ScanOutcome(_events, _conflicts, _doubts.ToImmutable())
        {
            SafeUpTo = SafePoint.Of(_range, _unsafeFrom, _doubts.ToImmutable(), LimitedAt),
            Scope = _range.Scope,
            Unreadable = _unreadable,
        }
        : throw new InvalidOperationException("The scan has not ended: enumerate it to its end first.");

    /// <inheritdoc/>
    public async IAsyncEnumerator<ScannedEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var page in ReadAsync(cancellationToken))
        {
            foreach (var e in page.Unpack())
            {
                // Not the page's last key: a reader that stops within the page and continues from here would miss the rest of it.
                LastKey = e.Key;
                yield return e;
            }
        }
    }

    /// <summary>The pages, in order.</summary>
    public async IAsyncEnumerable<ScanPage> ReadPagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in ReadAsync(cancellationToken))
        {
            LastKey = page.LastKey ?? LastKey;
            yield return page;
        }
    }

    private async IAsyncEnumerable<ScanPage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BeginOnce();
        for (var attempt = 1; !_isEnded; attempt++)
        {
            await using var pages = _open(Rest()).GetAsyncEnumerator(cancellationToken);
            while (!_isEnded && await MoveNextAsync(pages, attempt, cancellationToken))
            {
                attempt = 1;
                Account(pages.Current);
                yield return pages.Current;
            }
        }
    }

    private static async IAsyncEnumerable<ScanPage> PageOf(IEnumerable<ScannedEvent> events, ScanRange range, ImmutableArray<ScanDoubt> doubts)
    {
        await Task.CompletedTask;
        ScannedEvent[] wanted = [.. events.Where(e => !(e.Key < range.From) && !(e.Key >= range.To) && !(e.Key <= range.After)
                && (range.Topic is null || e.Topic == range.Topic))
            .OrderBy(static e => e.Key).Take((int)Math.Min(range.Limit ?? int.MaxValue, int.MaxValue))];
        var records = new byte[wanted.Sum(static e => PackedEvent.Overhead + e.Payload.Length)];
        var offset = 0;
        var topics = new PageTopicsBuilder();
        foreach (var e in wanted)
        {
            topics.Add(e.Topic, 1);
            offset += PackedEvent.Write(records.AsSpan(offset), e.Key, e.Payload.Span);
        }

        yield return new ScanPage(
            records, wanted.Length, wanted.Length == 0 ? null : wanted[^1].Key, [.. wanted.Where(static e => e.IsConflict).Select(static e => e.Key)],
            doubts.IsDefault ? [] : doubts, isLast: true)
        {
            Unreadable = [.. wanted.Select(static e => e.Unreadable).OfType<UnreadablePayload>()],
            Topics = topics.Result,
        };
    }

    // A second enumeration would begin behind pages whose events the first one may not have given.
    private void BeginOnce()
    {
        if (_isBegun)
        {
            throw new InvalidOperationException(
                $"A scan is enumerated once. Begin another one with {nameof(ScanRange)}.{nameof(ScanRange.After)} = {nameof(LastKey)}.");
        }

        _isBegun = true;
    }

    private EventKey? LimitedAt => _events >= _range.Limit ? _readTo : null;

    private ScanRange Rest() => _range with { After = _readTo ?? _range.After, Limit = _range.Limit - _events };

    // False: this silo failed, and the scan continues through another one.
    private async Task<bool> MoveNextAsync(IAsyncEnumerator<ScanPage> pages, int attempt, CancellationToken cancellationToken)
    {
        try
        {
            if (!await pages.MoveNextAsync())
            {
                throw new InvalidOperationException("A scan ended without a last page.");
            }

            _store?.Accept(pages.Current.Store);
            pages.Current.ThrowIfNotOf(_range.Topic);
            return true;
        }
        catch (Exception e) when (IsFailureOfSilo(e) && attempt < MaxAttempts && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Whether another silo can go on where one has failed.</summary>
    internal static bool IsFailureOfSilo(Exception e) =>
        e is Orleans.Runtime.OrleansException or TimeoutException or EnumerationAbortedException or Errors.OtherStoreException
            or Errors.TopicsNotReadException;

    private void Account(ScanPage page)
    {
        _events += page.Count;
        _conflicts += page.Conflicts.Length;
        _unreadable += page.Unreadable.IsDefault ? 0 : page.Unreadable.Length;
        foreach (var doubt in page.Doubts)
        {
            _doubts.Add(doubt);
        }

        // The lowest value of all silos that ran a part: each value is valid only for the part that its silo read after determining it.
        _unsafeFrom = page.UnsafeFrom < _unsafeFrom ? page.UnsafeFrom : page.UnsafeFrom is null ? null : _unsafeFrom;
        _readTo = page.LastKey ?? _readTo;
        _isEnded = page.IsLast;
    }
}
