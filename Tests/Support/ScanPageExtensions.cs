using AllData.Events;
using AllData.Reading;

namespace AllData.Tests.Support;

/// <summary>Pages as tests need them.</summary>
internal static class ScanPageExtensions
{
    /// <summary>The same page, its events late.</summary>
    /// <param name="page">The page.</param>
    /// <param name="positions">Where each of them arrived.</param>
    public static ScanPage ArrivedAt(this ScanPage page, params EventKey[] positions) =>
        new([.. page.Records.Span], page.Count, page.LastKey, page.Conflicts, page.Doubts, page.IsLast) { Topics = page.Topics, Arrivals = [.. positions] };
}
