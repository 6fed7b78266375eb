using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Following.Live;
using AllData.Reading;

namespace AllData.Following;

/// <summary>Serves one live reader: what is acknowledged as soon as the silo hears of it, and in between what has become safe and was not given.</summary>
internal sealed class LiveFollower(EventFollower follower, FollowFeed shared, LiveFeed feed)
{
    /// <summary>The pages, without end. Those that are not live are as of a reader in order, without the events that it has got.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="TimeoutException">The reader takes pages too slowly. It is served again, after its position.</exception>
    public async IAsyncEnumerable<FollowPage> FollowAsync(FollowStart start, [EnumeratorCancellation] CancellationToken stop)
    {
        using var place = feed.Enter();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop);

        // The feed's pages as they are: what was given of a page is known of the whole page.
        var ordered = follower.FollowAsync(start, topic: null, ends.Token).GetAsyncEnumerator(ends.Token);
        var next = ordered.MoveNextAsync().AsTask();
        try
        {
            FollowPage? last = null;
            LiveCursor? cursor = null;
            while (true)
            {
                if (next.IsCompleted)
                {
                    if (!await next)
                    {
                        yield break;
                    }

                    last = ordered.Current;
                    var rest = cursor is null ? last.Events : feed.RestOf(last.Events, cursor);

                    // Before it gives the page: a reader that has got its first one misses nothing. Not where the feed is behind the reader, which comes from
                    // another silo: the next page reaches over its position.
                    cursor ??= last.Position is { } position && position == shared.Look(null).End ? feed.Begin() : null;
                    yield return last with { Events = TopicPages.Of(rest, start.Topic) };
                    next = ordered.MoveNextAsync().AsTask();
                }

                // One of each in turn: neither keeps the other from the reader.
                Task changed = next;
                if (cursor is not null && feed.TryTake(cursor, last!.Position!.Value, out var events, out changed))
                {
                    if (TopicPages.Of(events, start.Topic) is { } wanted)
                    {
                        yield return last with { Events = wanted, IsLive = true };
                    }
                }
                else
                {
                    await Task.WhenAny(next, changed);
                }
            }
        }
        finally
        {
            await ends.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await ordered.DisposeAsync();
        }
    }
}
