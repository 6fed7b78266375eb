using System.Buffers;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Makes pages of late events out of those that a scan has given in the order of the keys.</summary>
internal static class LatePages
{
    // As a page of a scan.
    private const int PageBytes = 3 << 17;

    /// <summary>Pages of some events.</summary>
    /// <param name="events">The events by position, each with its page and its place there.</param>
    public static List<ScanPage> Build(List<(EventKey Position, ScanPage Page, int Index)> events)
    {
        var records = events.Select(static e => e.Page).Distinct().ToDictionary(static page => page, RecordsOf);
        var pages = new List<ScanPage>();
        for (var (start, end) = (0, 0); start < events.Count; start = end)
        {
            var bytes = 0;
            while (end < events.Count && (bytes == 0 || bytes < PageBytes))
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
            Arrivals = [.. events.Select(static e => e.Position)],
        };
    }

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
