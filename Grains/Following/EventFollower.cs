using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using Orleans.Runtime;

namespace AllData.Following;

/// <summary>Serves one reader that follows: from the silo's feed, and by a scan of its own while it is further behind.</summary>
internal sealed class EventFollower(FollowFeed feed, IFollowSource source, TimeProvider time)
{
    /// <summary>A page comes at least as often, with events or without; those without no more often, unless what holds the reader up has changed.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    // Of the silo's clock: a reader that begins with the present must not miss what is put from now on.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    /// <summary>The pages, without end.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="SiloUnavailableException">The silo is stopping: it continues through another one.</exception>
    /// <exception cref="TimeoutException">The reader is behind and takes pages too slowly. It is served again, after its position.</exception>
    public IAsyncEnumerable<FollowPage> FollowAsync(FollowStart start, CancellationToken stop) => FollowAsync(start, start.Topic, stop);

    /// <summary>The pages, for a caller that may cut the topic out of them by itself.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="topic">What is cut out of the feed's pages; null: they come as they are, whatever topic the reader wants.</param>
    /// <param name="stop">Ends it.</param>
    public async IAsyncEnumerable<FollowPage> FollowAsync(FollowStart start, Topic? topic, [EnumeratorCancellation] CancellationToken stop)
    {
        using var reading = feed.Enter();
        var (position, assumed) = (start.Position, default(EventKey?));

        // The first page comes at once: from there on the reader can continue elsewhere, and miss nothing.
        FeedView? told = null;
        var toldAt = time.GetTimestamp();
        while (true)
        {
            ThrowIfStopping();
            stop.ThrowIfCancellationRequested();
            var (view, left) = (reading.Look(position), Heartbeat - time.GetElapsedTime(toldAt));
            var events = TopicPages.Of(view.Events, topic);
            if (view.UpTo is { } passed && events is null && told is not null && left > TimeSpan.Zero)
            {
                position = passed;
            }
            else if (view.UpTo is { } upTo)
            {
                position = upTo;
                (told, toldAt) = (view, time.GetTimestamp());
                yield return PageOf(view, events, position);
            }
            else if (position is { } behind && behind < view.Begin)
            {
                ImmutableArray<ScanDoubt> heldUpBy = [];
                await foreach (var page in CatchUpAsync(behind, view.End!.Value, start.Topic, stop))
                {
                    (position, heldUpBy) = (page.UpTo, page.HeldUpBy);
                    (told, toldAt) = (null, time.GetTimestamp());
                    yield return new FollowPage(page.Events, position, Max(view.SafeUpTo, position), heldUpBy);
                }

                await (heldUpBy.IsEmpty ? Task.CompletedTask : Task.Delay(Heartbeat, time, stop));
            }
            else if (position is null && view.End is { } present)
            {
                position = present;
                (told, toldAt) = (view, time.GetTimestamp());
                yield return PageOf(view, events: null, position);
            }
            else if (told is null || !told.HeldUpBy.SequenceEqual(view.HeldUpBy) || left <= TimeSpan.Zero)
            {
                // Where the present is not known for a while, what is acknowledged meanwhile is given afterwards.
                position ??= view.HeldUpBy.IsEmpty ? null : assumed = Before(time.GetUtcNow(), Skew);
                (told, toldAt) = (view, time.GetTimestamp());
                yield return position == assumed ? new FollowPage(null, position, null, view.HeldUpBy) : PageOf(view, events: null, position);
            }
            else
            {
                // Timers count milliseconds: a wait for less would be none, again and again.
                await view.Changed.WaitAsync(left + TimeSpan.FromMilliseconds(1), time, stop)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    private async IAsyncEnumerable<CertainPage> CatchUpAsync(
        EventKey after, EventKey upTo, Topic? topic, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var pages = CertainPage.CutAsync(source.ReadOwnAsync(after, upTo, topic), after, upTo, stop).GetAsyncEnumerator(stop);
        while (true)
        {
            CertainPage? page = null;
            ScanDoubt? crowded = null;
            try
            {
                page = await pages.MoveNextAsync() ? pages.Current : null;
            }
            catch (TooManyScansException e)
            {
                crowded = new ScanDoubt(after, EventKey.MaxValue, default, $"the reader is behind, and waits for a scan to end: {e.Message}");
            }

            if (crowded is not null)
            {
                yield return new CertainPage(null, after, [crowded]);
                yield break;
            }

            if (page is null)
            {
                yield break;
            }

            after = page.UpTo;
            yield return page;
        }
    }

    private void ThrowIfStopping()
    {
        if (source.IsStopping)
        {
            throw new SiloUnavailableException("The silo that served this reader is stopping. Continue through another one.");
        }
    }

    private static FollowPage PageOf(FeedView view, ScanPage? events, EventKey? position) =>
        new(events, position, Max(view.SafeUpTo, position), view.HeldUpBy);

    private static EventKey Before(DateTimeOffset time, TimeSpan length) =>
        EventKey.FirstAt(Math.Max(0, time.ToUnixTimeMilliseconds() - (long)length.TotalMilliseconds));

    private static EventKey? Max(EventKey? one, EventKey? other) => one is null || other > one ? other : one;
}
