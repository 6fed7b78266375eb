using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>
/// Follows the store: gives every event, each once, in the order of their keys, as soon as nothing more can appear before it (a second or two after its
/// put), and never ends by itself. An event whose key lay at or below what readers may have passed when it was put is given late, and says so
/// (<see cref="ScannedEvent.LateAt"/>). With <see cref="FollowMode.Live"/> an event comes as soon as it is acknowledged. Enumerate it once, as events or
/// (faster) as pages. When the silo that serves it dies, it continues through another one after the last event given.
/// </summary>
public sealed class EventFollow : IAsyncEnumerable<ScannedEvent>
{
    /// <summary>For how long no silo may serve it before it gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // A page is large: more of them in one answer would only take memory.
    private const int PagesPerAnswer = 1;

    private readonly Func<FollowStart, IAsyncEnumerable<FollowPage>> _open;
    private readonly KnownStore? _store;
    private readonly FollowStart _start;
    private readonly TimeProvider _time;
    private LiveSieve? _sieve;
    private bool _isBegun;

    internal EventFollow(IGrainFactory grains, FollowStart start, FollowMode mode, TimeProvider time)
        : this(rest => Open(grains.GetGrain<IEventFollowGrain>(Guid.NewGuid()), rest, mode).WithBatchSize(PagesPerAnswer), grains.GetKnownStore(), start, time)
    {
    }

    /// <summary>Follows over another way than a grain.</summary>
    /// <param name="open">Opens the way, with the position where the reader is.</param>
    /// <param name="store">The store that must answer; null: any.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="time">The clock.</param>
    internal EventFollow(Func<FollowStart, IAsyncEnumerable<FollowPage>> open, KnownStore? store, FollowStart start, TimeProvider time) =>
        (_open, _store, _start, _time, Position, _sieve) = (open, store, start, time, start.Position, new LiveSieve());

    /// <summary>Follows pages in memory: what an <see cref="IEventReader"/> written for a test answers. It ends with them.</summary>
    /// <param name="pages">The pages.</param>
    /// <param name="start">Where it begins.</param>
    public static EventFollow Of(IAsyncEnumerable<FollowPage> pages, FollowStart start) => new(_ => pages, store: null, start, TimeProvider.System);

    /// <summary>
    /// Where a reader continues that keeps it: <see cref="FollowStart.After"/>. All events up to this key were given, those with the last key included; null
    /// before the first page, where it begins with the present or with the first event of the store.
    /// </summary>
    public EventKey? Position { get; private set; }

    /// <summary>
    /// The same, without the keys that a live reader keeps: what was given live is given again when another silo goes on. For readers that keep no keys
    /// themselves.
    /// </summary>
    internal EventFollow WithoutKeys()
    {
        _sieve = null;
        return this;
    }

    /// <summary>Up to this key nothing more can appear in the store, as the last page said it; null before the first.</summary>
    public EventKey? SafeUpTo { get; private set; }

    /// <summary>Which peers or clusters keep the safe point from going on, as the last page said it; empty when none does.</summary>
    public ImmutableArray<ScanDoubt> HeldUpBy { get; private set; } = [];

    /// <inheritdoc/>
    /// <exception cref="TimeoutException">No silo has served it for <see cref="Patience"/>.</exception>
    public async IAsyncEnumerator<ScannedEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var page in ReadAsync(cancellationToken))
        {
            if (page.Events is { } events)
            {
                ScannedEvent? held = null;
                foreach (var next in events.Unpack())
                {
                    if (held is { } e)
                    {
                        // A reader that stops between two events of one key, and continues after the key, would miss the second.
                        Position = page.IsLive || next.Position == e.Position ? Position : e.Position;
                        yield return e;
                    }

                    held = next;
                }

                if (held is { } last)
                {
                    Position = page.IsLive ? Position : last.Position;
                    yield return last;
                }
            }

            Position = page.Position;
        }
    }

    /// <summary>The pages, those without events included.</summary>
    /// <exception cref="TimeoutException">No silo has served it for <see cref="Patience"/>.</exception>
    public async IAsyncEnumerable<FollowPage> ReadPagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in ReadAsync(cancellationToken))
        {
            Position = page.Position;
            yield return page;
        }
    }

    private async IAsyncEnumerable<FollowPage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BeginOnce();
        var (served, pause) = (_time.GetTimestamp(), FirstPause);
        while (true)
        {
            var rest = Position is { } position ? FollowStart.After(position) with { Topic = _start.Topic } : _start;
            await using var pages = _open(rest).GetAsyncEnumerator(cancellationToken);
            Step step;
            while ((step = await MoveNextAsync(pages, served, cancellationToken)) == Step.Page)
            {
                (served, pause) = (_time.GetTimestamp(), FirstPause);
                (SafeUpTo, HeldUpBy) = (pages.Current.SafeUpTo, pages.Current.HeldUpBy);
                yield return _sieve?.Sift(pages.Current) ?? pages.Current;
            }

            if (step == Step.End)
            {
                yield break;
            }

            await Task.Delay(pause, _time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static IAsyncEnumerable<FollowPage> Open(IEventFollowGrain grain, FollowStart start, FollowMode mode) =>
        mode == FollowMode.Live ? grain.FollowLive(start) : grain.Follow(start);

    private void BeginOnce()
    {
        if (_isBegun)
        {
            throw new InvalidOperationException(
                $"It is enumerated once. Follow again from {nameof(FollowStart)}.{nameof(FollowStart.After)}({nameof(Position)}).");
        }

        _isBegun = true;
    }

    private async Task<Step> MoveNextAsync(IAsyncEnumerator<FollowPage> pages, long served, CancellationToken cancellationToken)
    {
        try
        {
            if (!await pages.MoveNextAsync())
            {
                return Step.End;
            }

            _store?.Accept(pages.Current.Store);
            pages.Current.Events?.ThrowIfNotOf(_start.Topic);
            return Step.Page;
        }
        catch (Exception e) when (MayGoOnElsewhere(e) && !cancellationToken.IsCancellationRequested)
        {
            return _time.GetElapsedTime(served) < Patience
                ? Step.OtherSilo
                : throw new TimeoutException($"No silo has served this reader for {Patience}. It can go on after {nameof(Position)}.", e);
        }
    }

    // That a silo serves no more readers is an answer to one that begins; one that was served goes on where there is room.
    private bool MayGoOnElsewhere(Exception e) => EventScan.IsFailureOfSilo(e) || (e is TooManyFollowersException && SafeUpTo is not null);

    private enum Step
    {
        Page,
        End,
        OtherSilo,
    }
}
