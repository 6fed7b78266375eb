using System.Collections.Immutable;
using System.Text;
using AllData.Events;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;

namespace AllData.Tests.Support;

/// <summary>Answers scans from events in memory, as the cluster does: in the order of the keys, in pages.</summary>
internal sealed class FakeScan
{
    public const long Day = 1_763_769_600_000; // 2025-11-22T00:00:00Z

    private readonly List<(EventKey Key, byte[] Payload)> _events = [];

    /// <summary>Events of a page, at most.</summary>
    public int PageEvents { get; set; } = 3;

    /// <summary>The topic of each event.</summary>
    public Func<EventKey, Topic?> TopicOf { get; set; } = static _ => null;

    /// <summary>The form in which a payload is stored.</summary>
    public Func<byte[], byte[]> StoredForm { get; set; } = static payload => payload;

    /// <summary>Said with the last page.</summary>
    public ImmutableArray<ScanDoubt> Doubts { get; set; } = [];

    /// <summary>Thrown instead of the page that begins at or after this event.</summary>
    public (int Event, Exception Failure)? Fails { get; set; }

    /// <summary>Called before each page, with the number of events before it.</summary>
    public Func<int, Task>? BeforePage { get; set; }

    public IReadOnlyList<(EventKey Key, byte[] Payload)> Events => _events;

    public static EventKey Key(long offset, int sequence = 0) => EventKey.Create(Day + offset, 12, sequence);

    public static ScanDoubt Doubt(string peer) => new(EventKey.FirstAt(Day), EventKey.FirstAt(Day + 86_400_000), PeerId.Parse(peer), "It did not answer.");

    public FakeScan Add(EventKey key, string payload) => Add(key, Encoding.UTF8.GetBytes(payload));

    public FakeScan Add(EventKey key, byte[] payload)
    {
        _events.Add((key, payload));
        return this;
    }

    /// <summary>Adds JSON events, one each so many milliseconds.</summary>
    public FakeScan AddMany(int count, long from = 0, long step = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Add(Key(from + (i * step)), $$"""{"x":{{i}},"user":"u{{i % 7}}"}""");
        }

        return this;
    }

    public async IAsyncEnumerable<ScanPage> Read(ScanRange range)
    {
        var wanted = _events.Where(e => !(e.Key < range.From) && !(e.Key >= range.To) && !(e.Key <= range.After))
            .OrderBy(e => e.Key).Take((int)(range.Limit ?? int.MaxValue))
            .Select(e => range.AsStored ? (e.Key, StoredForm(e.Payload)) : e).ToArray();
        for (var at = 0; at == 0 || at < wanted.Length; at += PageEvents)
        {
            await (BeforePage?.Invoke(at) ?? Task.CompletedTask);
            if (Fails is { } fails && at + PageEvents > fails.Event)
            {
                throw fails.Failure;
            }

            yield return WithTopics(Page(wanted, at), range.AsStored);
        }
    }

    private ScanPage WithTopics(ScanPage page, bool isAsStored)
    {
        var topics = new PageTopicsBuilder();
        foreach (var e in page.Unpack())
        {
            topics.Add(TopicOf(e.Key), 1);
        }

        return new ScanPage(page.Records.ToArray(), page.Count, page.LastKey, page.Conflicts, page.Doubts, page.IsLast)
        {
            Unreadable = page.Unreadable,
            Topics = topics.Result,
            IsAsStored = isAsStored,
        };
    }

    private ScanPage Page((EventKey Key, byte[] Payload)[] wanted, int at)
    {
        var events = wanted.Skip(at).Take(PageEvents).ToArray();
        var isLast = at + PageEvents >= wanted.Length;
        var keys = wanted.CountBy(static e => e.Key).Where(static k => k.Value > 1).Select(static k => k.Key).ToHashSet();
        return PageOf(events, [.. events.Select(static e => e.Key).Distinct().Where(keys.Contains)], isLast ? Doubts : [], isLast, Unreadable);
    }

    /// <summary>Keys of events whose payload cannot be read; they have an empty one.</summary>
    public HashSet<EventKey> Unreadable { get; } = [];

    /// <summary>Packs a page.</summary>
    public static ScanPage PageOf(
        IReadOnlyList<(EventKey Key, byte[] Payload)> events, ImmutableArray<EventKey> conflicts, ImmutableArray<ScanDoubt> doubts, bool isLast,
        IReadOnlySet<EventKey>? unreadable = null)
    {
        var records = new byte[events.Sum(static e => PackedEvent.Overhead + e.Payload.Length)];
        var used = 0;
        foreach (var (key, payload) in events)
        {
            used += PackedEvent.Write(records.AsSpan(used), key, payload);
        }

        return new ScanPage(records, events.Count, events.Count == 0 ? null : events[^1].Key, conflicts, doubts, isLast)
        {
            Unreadable = [.. events.Where(e => unreadable?.Contains(e.Key) == true)
                .Select(static e => new UnreadablePayload(e.Key, PayloadFault.KeyMissing, "0123456789abcdef"))],
        };
    }
}
