using System.Text;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Scans;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Protocol;

public sealed class EventMergeTests
{
    private static EventKey Beginning => default;

    [Fact]
    public void Events_of_overlapping_blocks_come_in_key_order()
    {
        var (events, conflicts) = Merge(
            [[Block((0, "a"), (4, "e"), (9, "j"))], [Block((1, "b"), (2, "c")), Block((3, "d"), (7, "h"))], [Block((5, "f"), (6, "g"), (8, "i"))]]);
        Assert.Equal("abcdefghij", string.Concat(events.Select(e => e.Payload)));
        Assert.Empty(conflicts);
    }

    [Fact]
    public void An_event_that_lies_in_two_blocks_is_given_once()
    {
        var (events, conflicts) = Merge([[Block((0, "a"), (1, "b"))], [Block((1, "b"), (2, "c"))]]);
        Assert.Equal("abc", string.Concat(events.Select(e => e.Payload)));
        Assert.Empty(conflicts);
    }

    [Fact]
    public void A_block_from_two_sources_is_given_once()
    {
        var block = Block((0, "a"), (1, "b"));
        Assert.Equal("ab", string.Concat(Merge([[block], [block], [block]]).Events.Select(e => e.Payload)));
    }

    [Fact]
    public void Two_blocks_that_a_fault_gave_one_id_are_both_given()
    {
        var id = TestBlocks.NewId();
        var one = TestBlocks.Form(id, given: false, [(TestBlocks.Key(0), "a"), (TestBlocks.Key(2), "c")]);
        var other = TestBlocks.Form(id, given: false, [(TestBlocks.Key(1), "b"), (TestBlocks.Key(3), "d")]);
        Assert.Equal("abcd", string.Concat(Merge([[one], [other]]).Events.Select(e => e.Payload)));
    }

    [Fact]
    public void Different_payloads_under_one_key_are_all_given_and_named_whatever_the_order_of_the_sources()
    {
        Block[][] sources = [[Block((0, "a"), (1, "x"))], [Block((1, "y"))], [Block((1, "x"), (2, "c"))]];
        var forward = Merge(sources);
        var backward = Merge([.. sources.Reverse()]);
        Assert.Equal("axyc", string.Concat(forward.Events.Select(e => e.Payload)));
        Assert.Equal(forward.Events, backward.Events);
        Assert.Equal([TestBlocks.Key(1)], forward.Conflicts);
    }

    [Fact]
    public void Only_events_of_the_range_are_given()
    {
        var (events, _) = Merge(
            [[Block((0, "a"), (1, "b"), (2, "c"), (3, "d"))], [Block((0, "A"))]], TestBlocks.Key(1), TestBlocks.Key(3));
        Assert.Equal("bc", string.Concat(events.Select(e => e.Payload)));
    }

    [Fact]
    public void A_page_takes_no_more_events_than_it_may_but_never_cuts_a_conflict_apart()
    {
        var merge = new EventMerge(2, Beginning, EventKey.MaxValue);
        merge.Feed(0, Bytes(Block((0, "a"), (1, "x"), (2, "c"))), isLast: true);
        merge.Feed(1, Bytes(Block((1, "y"))), isLast: true);
        var page = new EventPageWriter(1 << 20, maxEvents: 2);
        merge.Write(page);
        Assert.Equal((3, (EventKey?)TestBlocks.Key(1)), (page.Count, page.LastKey));
        Assert.False(merge.IsEnded);
    }

    [Fact]
    public void A_page_is_full_after_its_bytes_and_the_merge_goes_on_with_the_next_one()
    {
        var merge = new EventMerge(1, Beginning, EventKey.MaxValue);
        merge.Feed(0, Bytes(Block((0, "aaaaaaaaaa"), (1, "bbbbbbbbbb"), (2, "cccccccccc"))), isLast: true);
        var pages = new List<string>();
        while (!merge.IsEnded)
        {
            var page = new EventPageWriter(maxBytes: 30, maxEvents: 100);
            merge.Write(page);
            pages.Add(string.Join(' ', Unpack(page).Select(e => e.Payload)));
        }

        Assert.Equal(["aaaaaaaaaa bbbbbbbbbb", "cccccccccc", ""], pages.Append("").Take(3));
    }

    [Fact]
    public void Nothing_is_given_while_a_source_might_bring_something_smaller()
    {
        var merge = new EventMerge(2, Beginning, EventKey.MaxValue);
        merge.Feed(0, Bytes(Block((5, "f"))), isLast: true);
        Assert.Equal(1, merge.Hungry);
        var page = new EventPageWriter(1 << 20, 100);
        merge.Write(page);
        Assert.Equal(0, page.Count);
        merge.Feed(1, Bytes(Block((1, "b"))), isLast: true);
        merge.Write(page);
        Assert.Equal("bf", string.Concat(Unpack(page).Select(e => e.Payload)));
    }

    [Fact]
    public void A_damaged_block_names_its_source()
    {
        var bytes = Bytes(Block((5, "f")));
        bytes[^1] ^= 1;
        var merge = new EventMerge(2, Beginning, EventKey.MaxValue);
        Assert.Equal(1, Assert.Throws<MergeSourceException>(() => merge.Feed(1, bytes, isLast: true)).SourceIndex);
    }

    [Fact]
    public void A_merge_of_nothing_has_ended() => Assert.True(new EventMerge(0, Beginning, EventKey.MaxValue).IsEnded);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_blocks_sources_and_pages_the_events_are_those_of_a_sorted_set(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var sources = RandomSources(random);
            var (from, to) = (TestBlocks.Key(random.Next(20)), TestBlocks.Key(random.Next(10, 60)));
            var expected = sources.SelectMany(s => s).SelectMany(Unpack).Where(e => e.Key >= from && e.Key < to)
                .Distinct().OrderBy(e => e.Key).ThenBy(e => e.Payload, StringComparer.Ordinal).ToList();
            var (events, conflicts) = Merge(sources, from, to, random);
            Assert.Equal(expected, events);
            Assert.Equal(expected.GroupBy(e => e.Key).Where(g => g.Count() > 1).Select(g => g.Key), conflicts);
        }
    }

    [Fact]
    public void The_same_bytes_under_two_topics_are_two_events_in_conflict()
    {
        var (key, writer) = (TestBlocks.Key(1), new EventPageWriter(1 << 20, 100));
        var merge = new EventMerge(3, Beginning, EventKey.MaxValue);
        merge.Feed(0, Bytes(TestBlocks.OfTopic("a", (key, "1"), (TestBlocks.Key(2), "2"))), isLast: true);
        merge.Feed(1, Bytes(TestBlocks.OfTopic(null, (key, "1"))), isLast: true);
        merge.Feed(2, Bytes(TestBlocks.OfTopic("a", (key, "1"))), isLast: true);
        merge.Write(writer);
        Assert.Equal([(key, "1"), (key, "1"), (TestBlocks.Key(2), "2")], Unpack(writer));
        Assert.Equal([key], writer.Conflicts);
        Assert.Equal([null, "a", "a"], Enumerable.Range(0, 3).Select(i => writer.Topics!.Of(i)?.Value));
    }

    [Fact]
    public void A_merge_of_one_topic_passes_over_blocks_of_others()
    {
        var writer = new EventPageWriter(1 << 20, 100);
        var merge = new EventMerge(1, Beginning, EventKey.MaxValue, Topic.Parse("a"));
        byte[] blocks = [.. Bytes(TestBlocks.OfTopic("b", (TestBlocks.Key(0), "0"))), .. Bytes(TestBlocks.OfTopic("a", (TestBlocks.Key(1), "1"))),
            .. Bytes(TestBlocks.OfTopic(null, (TestBlocks.Key(2), "2")))];
        merge.Feed(0, blocks, isLast: true);
        merge.Write(writer);
        Assert.Equal([(TestBlocks.Key(1), "1")], Unpack(writer));
        Assert.True(merge.IsEnded);
    }

    // Sources of blocks by first key, some blocks in several sources, some events in several blocks, a few keys in conflict.
    private static Block[][] RandomSources(Random random)
    {
        var blocks = Enumerable.Range(0, random.Next(1, 12)).Select(_ => Block([.. Enumerable.Range(0, random.Next(1, 8))
            .Select(_ => random.Next(60)).Distinct()
            .Select(t => (t, random.Next(20) == 0 ? $"other {t}" : $"event {t}"))])).ToArray();
        var sources = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new List<Block>()).ToArray();
        foreach (var block in blocks)
        {
            foreach (var source in sources.OrderBy(_ => random.Next()).Take(random.Next(1, sources.Length + 1)))
            {
                source.Add(block);
            }
        }

        return [.. sources.Select(s => s.OrderBy(b => b.Header.FirstKey).ThenBy(b => b.Header.LastKey).ToArray())];
    }

    private static (List<(EventKey Key, string Payload)> Events, List<EventKey> Conflicts) Merge(
        Block[][] sources, EventKey? from = null, EventKey? to = null, Random? random = null)
    {
        var merge = new EventMerge(sources.Length, from ?? Beginning, to ?? EventKey.MaxValue);
        var waiting = sources.Select(s => new Queue<Block>(s)).ToArray();
        var (events, conflicts) = (new List<(EventKey, string)>(), new List<EventKey>());
        while (!merge.IsEnded)
        {
            while (merge.Hungry is { } hungry)
            {
                var page = Enumerable.Range(0, random?.Next(0, 4) ?? 1).TakeWhile(_ => waiting[hungry].Count > 0)
                    .SelectMany(_ => Bytes(waiting[hungry].Dequeue())).ToArray();
                merge.Feed(hungry, page, isLast: waiting[hungry].Count == 0);
            }

            var writer = new EventPageWriter(random?.Next(1, 200) ?? 1 << 20, random?.Next(1, 6) ?? 1000);
            merge.Write(writer);
            events.AddRange(Unpack(writer));
            conflicts.AddRange(writer.Conflicts);
        }

        return (events, conflicts);
    }

    private static Block Block(params (int Time, string Payload)[] events) =>
        TestBlocks.Of([.. events.Select(e => (TestBlocks.Key(e.Time), e.Payload))]);

    private static byte[] Bytes(Block block) => [.. block.Bytes.Bytes];

    private static List<(EventKey Key, string Payload)> Unpack(EventPageWriter page) => Unpack(new PackedEventReader(page.Records));

    private static List<(EventKey Key, string Payload)> Unpack(Block block) => Unpack(block.GetReader());

    private static List<(EventKey Key, string Payload)> Unpack(PackedEventReader reader)
    {
        var events = new List<(EventKey, string)>();
        while (reader.MoveNext())
        {
            events.Add((reader.Current.Key, Encoding.UTF8.GetString(reader.Current.Payload)));
        }

        return events;
    }
}
