using AllData.Events;
using AllData.Following;
using AllData.Reading;

namespace AllData.Streaming;

/// <summary>
/// A scan for subscriptions that are behind and near each other. It keeps its last pages, and reads the next one when the first of them has taken all. One
/// that is slower than the pages are forgotten is lost to it, and reads with others, or by itself.
/// </summary>
internal sealed class BehindRead
{
    // Some ten pages of a scan.
    private const long KeptBytes = 4 << 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly FollowRing _ring;
    private readonly IAsyncEnumerator<CertainPage> _pages;
    private readonly Action _wake;
    private Task<CertainPage?> _reading;
    private int _members = 1;
    private bool _isOver;

    /// <summary>Begins it, with one member.</summary>
    /// <param name="pages">The scan.</param>
    /// <param name="after">Where it begins.</param>
    /// <param name="upTo">Where it ends.</param>
    /// <param name="wake">Called when a page is there, or it has ended.</param>
    /// <param name="keptBytes">Bytes of pages that are kept.</param>
    public BehindRead(IAsyncEnumerable<ScanPage> pages, EventKey after, EventKey upTo, Action wake, long keptBytes = KeptBytes)
    {
        _pages = CertainPage.CutAsync(pages, after, upTo, _stop.Token).GetAsyncEnumerator(_stop.Token);
        _wake = wake;
        _ring = new FollowRing(keptBytes);
        _ring.Start(after);
        _reading = Begin();
    }

    /// <summary>Whether it ended by a failure or before a doubt: it is to be begun again, after a while, behind what was taken.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>Whether its last member has left.</summary>
    public bool IsLeft
    {
        get
        {
            lock (_lock)
            {
                return _members == 0;
            }
        }
    }

    /// <summary>One more subscription reads with it, if it has pages for it, or reads them next.</summary>
    public bool TryEnter(EventKey position)
    {
        lock (_lock)
        {
            var isHere = _members > 0 && !_isOver && position >= _ring.Begin && position <= _ring.End;
            _members += isHere ? 1 : 0;
            return isHere;
        }
    }

    /// <summary>Takes what comes after a position.</summary>
    /// <param name="position">Where the subscription is.</param>
    /// <param name="page">What is there; null: it has ended for this subscription.</param>
    /// <returns>False: not yet.</returns>
    public bool TryTake(EventKey position, out CertainPage? page)
    {
        lock (_lock)
        {
            page = Find(position);
            if (page is null && position >= _ring.End && !_isOver && _reading.IsCompleted)
            {
                Append();
                page = Find(position);
            }

            return page is not null || _isOver || position < _ring.Begin;
        }
    }

    /// <summary>A subscription reads with it no more. The last one ends it.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_members > 0)
            {
                return;
            }
        }

        _stop.Cancel();
        _reading.ContinueWith(
            static (read, pages) =>
            {
                _ = read.Exception;
                return ((IAsyncEnumerator<CertainPage>)pages!).DisposeAsync().AsTask();
            }, _pages, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private CertainPage? Find(EventKey position) => _ring.Find(position) is { } found ? new CertainPage(found.Events, found.UpTo, []) : null;

    private void Append()
    {
        var page = _reading.IsCompletedSuccessfully ? _reading.Result : null;
        if (page?.UpTo > _ring.End)
        {
            _ring.Append(page.Events, page.UpTo);
        }

        IsFailed = !_reading.IsCompletedSuccessfully || page is { HeldUpBy.IsEmpty: false };
        _isOver = IsFailed || page is null;
        _reading = _isOver ? _reading : Begin();
    }

    // On the thread pool, whatever turn it is begun in.
    private Task<CertainPage?> Begin()
    {
        var read = Task.Run(async () => await _pages.MoveNextAsync() ? _pages.Current : null);
        read.ContinueWith(static (_, wake) => ((Action)wake!)(), _wake, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return read;
    }
}
