using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// Gives the events between two positions as readers that follow are given them, by position, each once: an event at its key, or, if it is late in all of its
/// blocks, at the first of their arrivals. So every silo gives the same in the same order, however late an event was put.
/// </summary>
/// <param name="services">What reading uses.</param>
/// <param name="after">The last position before them.</param>
/// <param name="upTo">The last position: nothing more can appear up to there.</param>
/// <param name="topic">Only events of this topic; null: all.</param>
internal sealed class PositionScan(ScanServices services, EventKey after, EventKey upTo, Topic? topic = null)
{
    /// <summary>The pages; the last one says so, and has the doubts that ended it.</summary>
    public async IAsyncEnumerable<ScanPage> ReadPagesAsync([EnumeratorCancellation] CancellationToken stop)
    {
        // Once for both sources, and before them: a peer that has joined may hold events of either.
        var unknown = await services.LearnTopologyAsync();
        if (!unknown.IsEmpty)
        {
            yield return LastPage([.. unknown.Select(d => new ScanDoubt(after.GetSuccessor(), EventKey.MaxValue, default, d.Reason) { Cluster = d.Cluster })]);
            yield break;
        }

        await using var punctual = new PunctualRead(services, (after, upTo), topic);
        IPositionSource[] sources = [punctual, new LateRead(services, (after, upTo), topic)];
        while (true)
        {
            var limit = sources.Min(static s => s.UpTo);
            foreach (var page in Interleave(TakeUpTo(sources[0], limit), TakeUpTo(sources[1], limit)))
            {
                yield return page;
            }

            var behind = Array.FindAll(sources, s => s.UpTo == limit);
            if (Array.Exists(behind, static s => s.IsEnded && !s.Doubts.IsEmpty) || Array.TrueForAll(sources, static s => s.IsEnded && s.Doubts.IsEmpty))
            {
                yield return LastPage([.. behind.SelectMany(static s => s.Doubts)]);
                yield break;
            }

            stop.ThrowIfCancellationRequested();
            await Task.WhenAll(behind.Where(static s => !s.IsEnded).Select(s => s.AdvanceAsync(stop)));
        }
    }

    private static ScanPage? TakeUpTo(IPositionSource source, EventKey limit)
    {
        var page = source.Page;
        if (page is null || page.LastPosition <= limit)
        {
            source.Page = null;
            return page;
        }

        source.Page = page.Cut(limit, upTo: null);
        return page.Cut(after: null, limit);
    }

    // Pages that overlap become one. In runs there would be a page for each late event; and events at one position must not be on two pages.
    private static IEnumerable<ScanPage> Interleave(ScanPage? one, ScanPage? other) =>
        one is null || other is null ? new[] { one, other }.OfType<ScanPage>()
        : one.LastPosition < other.FirstPosition ? [one, other]
        : other.LastPosition < one.FirstPosition ? [other, one]
        : PositionPages.Merge(one, other);

    private static ScanPage LastPage(ImmutableArray<ScanDoubt> doubts) => new([], 0, null, [], doubts, isLast: true);
}
