using System.Buffers;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Makes pages of events in the order of their positions out of pages in other orders.</summary>
internal static class PositionPages
{
    // As a page of a scan.
    private const int PageBytes = 3 << 17;

    /// <summary>The events of two pages, each of which has its own in the order of their positions.</summary>
    public static List<ScanPage> Merge(ScanPage one, ScanPage other) =>
        Build([.. ListOf(one).Concat(ListOf(other)).OrderBy(static e => e.Position)]);

    /// <summary>Pages of some events. Those at one position are on one page.</summary>
    /// <param name="events">The events by position, each with its page and its place there.</param>
    public static List<ScanPage> Build(List<(EventKey Position, ScanPage Page, int Index)> events)
    {
        var records = events.Select(static e => e.Page).Distinct().ToDictionary(static page => page, RecordsOf);
        var pages = new List<ScanPage>();
        for (var (start, end) = (0, 0); start < events.Count; start = end)
        {
            var bytes = 0;
            while (end < events.Count && (bytes < PageBytes || events[end].Position == events[end - 1].Position))
            {
                bytes += records[events[end].Page][events[end].Index].Length;
                end++;
            }

            pages.Add(Build(events[start..end], records));
        }

        return pages;
    }

    private static ScanPage Build(
        List<(EventKey Position, ScanPage Page, int Index)> events, Dictionary<ScanPage, ReadOnlyMemory<byte>[]> records)
    {
        var written = new ArrayBufferWriter<byte>();
        var topics = new PageTopicsBuilder();
        var keys = new List<EventKey>(events.Count);
        foreach (var (_, page, index) in events)
        {
            var record = records[page][index];
            written.Write(record.Span);
            topics.Add(page.Topics?.Of(index), 1);
            keys.Add(EventKey.ReadFrom(record.Span[sizeof(int)..]));
        }

        var given = keys.ToHashSet();
        var from = events.Select(static e => e.Page).Distinct().ToArray();
        return new ScanPage(
            written.WrittenSpan.ToArray(), events.Count, keys[^1], [.. from.SelectMany(static p => p.Conflicts).Where(given.Contains).Distinct()], [],
            isLast: false)
        {
            // Ascending by key, as they are looked for.
            Unreadable = [.. from.SelectMany(static p => p.Unreadable).Where(u => given.Contains(u.Key)).OrderBy(static u => u.Key)],
            Topics = topics.Result,
            Arrivals = [.. events.Select(static e => e.Page.LateAt(e.Index) ?? default)],
        };
    }

    private static IEnumerable<(EventKey Position, ScanPage Page, int Index)> ListOf(ScanPage page) =>
        page.Unpack().Select((e, i) => (e.Position, page, i));

    private static ReadOnlyMemory<byte>[] RecordsOf(ScanPage page)
    {
        var records = new ReadOnlyMemory<byte>[page.Count];
        var reader = page.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            records[i] = page.Records.Slice(reader.Offset, reader.Current.Size);
        }

        return records;
    }
}
