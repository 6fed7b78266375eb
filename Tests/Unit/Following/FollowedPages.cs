using System.Diagnostics;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Following;
using AllData.Reading;
using AllData.Simulation.Running;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Following;

/// <summary>Takes the pages of readers, and lets the time go on while there are none.</summary>
internal sealed class FollowedPages(SteppedTime time)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>The feed looks again.</summary>
    /// <returns>True, so that a condition can have it in front.</returns>
    public bool Step()
    {
        time.Advance(FollowFeed.Period);
        return true;
    }

    /// <summary>The next page.</summary>
    public async Task<FollowPage> NextAsync(IAsyncEnumerator<FollowPage> reader)
    {
        var next = reader.MoveNextAsync().AsTask();
        await Eventually.Holds("a page comes", Bound, () => next.IsCompleted || (Step() && next.IsCompleted), static () => "none");
        Assert.True(await next);
        return reader.Current;
    }

    /// <summary>The first page that is wanted. Pages never end, so it waits no longer than for one.</summary>
    public async Task<FollowPage> UntilAsync(
        IAsyncEnumerator<FollowPage> reader, Predicate<FollowPage> isWanted, [CallerArgumentExpression(nameof(isWanted))] string wanted = "")
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var page = await NextAsync(reader);
            if (isWanted(page))
            {
                return page;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Bound, $"No page as wanted ({wanted}) within {Bound.TotalSeconds} s. The last one: {page}");
        }
    }

    /// <summary>The keys of all events until the reader's position is there.</summary>
    public async Task<List<EventKey>> EventsUntilAsync(IAsyncEnumerator<FollowPage> reader, EventKey position)
    {
        var keys = new List<EventKey>();
        await UntilAsync(reader, page =>
        {
            keys.AddRange(KeysOf(page));
            return page.Position >= position;
        });
        return keys;
    }

    /// <summary>The keys of a page's events.</summary>
    public static EventKey[] KeysOf(FollowPage page) => [.. page.Events?.Unpack().Select(static e => e.Key) ?? []];
}
