using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Events;

namespace AllData.Reading;

/// <summary>The part of a scan's page that is certain.</summary>
/// <param name="Events">The events; null when there are none.</param>
/// <param name="UpTo">Everything up to this key has been given.</param>
/// <param name="HeldUpBy">What is in doubt behind it: then it is the last page.</param>
internal sealed record CertainPage(ScanPage? Events, EventKey UpTo, ImmutableArray<ScanDoubt> HeldUpBy)
{
    /// <summary>Gives a scan up to its first doubt.</summary>
    /// <param name="pages">The pages of the scan.</param>
    /// <param name="after">Where it begins.</param>
    /// <param name="upTo">Where it ends.</param>
    /// <param name="stop">Ends it.</param>
    public static async IAsyncEnumerable<CertainPage> CutAsync(
        IAsyncEnumerable<ScanPage> pages, EventKey after, EventKey upTo, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var page in pages.WithCancellation(stop))
        {
            if (page.Doubts.IsEmpty)
            {
                if (page.Count > 0 || page.IsLast)
                {
                    after = page.IsLast ? upTo : page.LastPosition!.Value;
                    yield return new CertainPage(page.Count > 0 ? page : null, after, []);
                }

                continue;
            }

            var doubted = page.Doubts.Min(static d => d.From);
            var certain = doubted > after ? doubted.GetPredecessor() : after;
            yield return new CertainPage(page.Cut(after: null, certain), certain, page.Doubts);
            yield break;
        }
    }
}
