using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Scans;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class ScanPlannerTests
{
    private static readonly HashSet<CopysetSource> Nothing = [];

    [Fact]
    public void Where_the_members_agree_each_copyset_is_read_from_one_of_them()
    {
        var peers = Enumerable.Range(0, 3).Select(p => Peer(p, Row(copyset: 7, minute: 1), Row(copyset: 8, minute: 1))).ToArray();
        var segment = Assert.Single(ScanPlanner.Plan(peers, -1, Nothing));
        Assert.Equal([7L, 8L], segment.Sources.SelectMany(s => s.Copysets).Order().Select(c => c.Value));
        Assert.Empty(segment.Unsure);
    }

    [Fact]
    public void The_preferred_peer_is_read_where_it_holds_the_same()
    {
        var peers = Enumerable.Range(0, 3).Select(p => Peer(p, Row(7, 1), Row(8, 1))).ToArray();
        var source = Assert.Single(Assert.Single(ScanPlanner.Plan(peers, preferred: 2, Nothing)).Sources);
        Assert.Equal((2, "7,8"), (source.Peer, string.Join(',', source.Copysets)));
    }

    [Fact]
    public void Reading_is_spread_over_the_members()
    {
        var rows = Enumerable.Range(0, 300).Select(c => Row(c, 1)).ToArray();
        var segment = Assert.Single(ScanPlanner.Plan([Peer(0, rows), Peer(1, rows), Peer(2, rows)], -1, Nothing));
        Assert.All(segment.Sources, s => Assert.InRange(s.Copysets.Length, 70, 130));
    }

    [Fact]
    public void Where_members_disagree_one_of_each_kind_is_read()
    {
        var segment = Assert.Single(ScanPlanner.Plan(
            [Peer(0, Row(7, 1, events: 5)), Peer(1, Row(7, 1, events: 5)), Peer(2, Row(7, 1, events: 4))], preferred: 0, Nothing));
        Assert.Equal([0, 2], segment.Sources.Select(s => s.Peer));
    }

    [Fact]
    public void Equal_counts_with_another_digest_sum_are_not_the_same()
    {
        var segment = Assert.Single(ScanPlanner.Plan([Peer(0, Row(7, 1)), Peer(1, Row(7, 1, digest: 2))], -1, Nothing));
        Assert.Equal([0, 1], segment.Sources.Select(s => s.Peer));
    }

    [Fact]
    public void A_foreign_block_is_read_where_it_lies()
    {
        // Peer 3 is no member and keeps a block that the members do not have.
        var segment = Assert.Single(ScanPlanner.Plan(
            [Peer(0, Row(7, 1, events: 5)), Peer(1, Row(7, 1, events: 5)), Peer(3, Row(7, 1, events: 1))], preferred: 0, Nothing));
        Assert.Equal([0, 3], segment.Sources.Select(s => s.Peer));
    }

    [Fact]
    public void Minutes_in_agreement_are_read_in_one_run_and_a_minute_in_disagreement_by_itself()
    {
        var segments = ScanPlanner.Plan(
            [Peer(0, Row(7, 1), Row(7, 2), Row(7, 3, events: 2), Row(7, 4)), Peer(1, Row(7, 1), Row(7, 2), Row(7, 3), Row(7, 4))], 0, Nothing);
        Assert.Equal([(1L, 3L, 1), (3L, 4L, 2), (4L, 5L, 1)], segments.Select(s => (s.FromMinute.Value, s.ToMinute.Value, s.Sources.Length)));
    }

    [Fact]
    public void A_run_ends_before_it_becomes_long()
    {
        var rows = Enumerable.Range(1, 10).Select(m => Row(7, m, events: 40_000)).ToArray();
        var segments = ScanPlanner.Plan([Peer(0, rows)], -1, Nothing);
        Assert.Equal(5, segments.Length);
        Assert.All(segments, s => Assert.Equal(2, s.ToMinute - s.FromMinute));
    }

    [Fact]
    public void A_damaged_source_is_left_alone_where_another_holds_the_same()
    {
        HashSet<CopysetSource> damaged = [new(0, new(7))];
        var segment = Assert.Single(ScanPlanner.Plan([Peer(0, Row(7, 1), Row(8, 1)), Peer(1, Row(7, 1), Row(8, 1))], preferred: 0, damaged));
        Assert.Equal(["0:8", "1:7"], segment.Sources.Select(s => $"{s.Peer}:{string.Join(',', s.Copysets)}"));
        Assert.Empty(segment.Unsure);
    }

    [Fact]
    public void A_damaged_source_without_its_equal_is_read_and_called_unsure()
    {
        HashSet<CopysetSource> damaged = [new(0, new(7))];
        var segment = Assert.Single(ScanPlanner.Plan([Peer(0, Row(7, 1, events: 5)), Peer(1, Row(7, 1, events: 4))], preferred: 0, damaged));
        Assert.Equal([0, 1], segment.Sources.Select(s => s.Peer));
        Assert.Equal<int>([0], segment.Unsure);
    }

    [Fact]
    public void Where_all_are_damaged_all_are_read()
    {
        HashSet<CopysetSource> damaged = [new(0, new(7)), new(1, new(7))];
        var segment = Assert.Single(ScanPlanner.Plan([Peer(0, Row(7, 1)), Peer(1, Row(7, 1))], preferred: 0, damaged));
        Assert.Equal([0, 1], segment.Sources.Select(s => s.Peer));
        Assert.Equal<int>([0, 1], segment.Unsure);
    }

    [Fact]
    public void Nothing_held_is_nothing_to_read() => Assert.Empty(ScanPlanner.Plan([Peer(0), Peer(1)], -1, Nothing));

    private static PeerBuckets Peer(int peer, params BucketSum[] rows) => new(peer, [.. rows]);

    private static BucketSum Row(long copyset, long minute, long events = 3, int digest = 1) =>
        new(new(copyset), new(minute), 1, events, new EventDigest((UInt128)digest));
}
