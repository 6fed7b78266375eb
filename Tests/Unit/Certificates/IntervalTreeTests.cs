using System.Security.Cryptography;
using System.Text;
using AllData.Certificates;
using AllData.Events;

namespace AllData.Tests.Unit.Certificates;

/// <summary>The root of an interval's events is a function of their set: however often and in whichever order equal keys come.</summary>
public sealed class IntervalTreeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(100)]
    public void The_root_is_that_of_the_second_implementation(int count)
    {
        var events = CertificateSample.Events(count);
        var tree = new IntervalTree();
        events.ForEach(e => tree.Add(e.Key, e.Payload, e.Topic));

        // The entries in the order of their bytes, made here from the description of the format.
        var entries = events.Select(static e => EntryOf(e.Key.ToString(), e.Payload, e.Topic?.Value)).Order(Comparer<byte[]>.Create(
            static (a, b) => a.AsSpan().SequenceCompareTo(b))).ToList();
        Assert.Equal((count, count > 3 ? 1 : 0, Convert.ToHexStringLower(IndependentTree.Hash(entries))), Facts(tree.Complete()));
    }

    [Fact]
    public void Equal_events_count_once_and_the_order_of_those_of_one_key_does_not_matter()
    {
        var events = CertificateSample.Events(20);
        var random = new Random(20);
        var expected = ContentOf(events);
        for (var i = 0; i < 50; i++)
        {
            var twice = events.Concat(events.Where(_ => random.Next(2) == 0)).ToArray();
            random.Shuffle(twice);
            Assert.Equal(expected, ContentOf([.. twice]));
        }
    }

    [Fact]
    public void Each_change_of_an_event_and_each_missing_one_is_another_root()
    {
        var events = CertificateSample.Events(9);
        HashSet<TreeHash> roots = [ContentOf(events).Root];
        for (var i = 0; i < events.Count; i++)
        {
            var (key, payload, topic) = events[i];
            Assert.True(roots.Add(ContentOf([.. events.Where((_, j) => j != i)]).Root));
            Assert.True(roots.Add(ContentOf([.. events.Select((e, j) => j == i ? (key, [.. payload, 1], topic) : e)]).Root));
            Assert.True(roots.Add(ContentOf([.. events.Select((e, j) => j == i ? (key, payload, Topic.Parse("other")) : e)]).Root));
            Assert.True(roots.Add(ContentOf([.. events.Select((e, j) => j == i ? (EventKey.Create(key.UnixMilliseconds, 2, 1), payload, topic) : e)]).Root));
        }
    }

    [Fact]
    public void Events_of_equal_bytes_under_two_topics_are_two()
    {
        var key = CertificateSample.Interval.FirstKey;
        var content = ContentOf([(key, [1], null), (key, [1], Topic.Parse("a")), (key, [1], Topic.Parse("b"))]);
        Assert.Equal((3, 1), (content.Events, content.Conflicts));
    }

    [Fact]
    public void Both_events_of_a_conflict_are_proven_with_their_places()
    {
        var events = CertificateSample.Events(21);
        var tree = new IntervalTree(events[2].Key);
        events.ForEach(e => tree.Add(e.Key, e.Payload, e.Topic));
        var content = tree.Complete();
        Assert.Equal([2L, 3L], tree.GetProven().Select(static p => p.Index));
        Assert.All(tree.GetProven(), p => Assert.True(MerkleProof.IsIncluded(p.Index, content.Events, p.Entry.Leaf, p.Path, content.Root)));
        Assert.All(tree.GetProven(), p => Assert.Equal(content.Root.ToString(), Convert.ToHexStringLower(IndependentTree.RootFrom(
            Convert.FromHexString(p.Entry.Leaf.ToString()), p.Index, content.Events, [.. p.Path.Select(static h => Convert.FromHexString(h.ToString()))])!)));
    }

    [Fact]
    public void Keys_that_do_not_ascend_are_refused_and_so_is_what_comes_after_the_end()
    {
        var tree = new IntervalTree();
        tree.Add(EventKey.FirstAt(2), [], null);
        Assert.Throws<ArgumentException>(() => tree.Add(EventKey.FirstAt(1), [], null));
        tree.Complete();
        Assert.Throws<InvalidOperationException>(() => tree.Add(EventKey.FirstAt(2), [1], null));
    }

    private static (long, long, string) Facts(IntervalContent content) => (content.Events, content.Conflicts, content.Root.ToString());

    private static IntervalContent ContentOf(List<(EventKey Key, byte[] Payload, Topic? Topic)> events)
    {
        var tree = new IntervalTree();
        foreach (var (key, payload, topic) in events.OrderBy(static e => e.Key))
        {
            tree.Add(key, payload, topic);
        }

        return tree.Complete();
    }

    // Key: milliseconds since 1970 in 8 bytes, the nine digits in 4, both big-endian.
    private static byte[] EntryOf(string key, byte[] payload, string? topic)
    {
        var time = DateTimeOffset.ParseExact(
            key[..18] + "Z", "yyyyMMdd'T'HHmmssfff'Z'", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
        var milliseconds = BitConverter.GetBytes(time.ToUnixTimeMilliseconds()).AsEnumerable().Reverse();
        var digits = BitConverter.GetBytes(int.Parse(key[18..], System.Globalization.CultureInfo.InvariantCulture)).AsEnumerable().Reverse();
        return [.. milliseconds, .. digits, .. SHA256.HashData(payload), .. Encoding.ASCII.GetBytes(topic ?? "")];
    }
}
