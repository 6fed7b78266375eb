using AllData.Events;
using AllData.Following;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Following;

public sealed class FollowRingTests
{
    private readonly FollowRing _ring = new(maxBytes: 100);

    [Fact]
    public void Before_it_has_begun_it_has_nothing()
    {
        Assert.Null(_ring.Begin);
        Assert.Null(_ring.Find(FakeScan.Key(0)));
    }

    [Fact]
    public void A_reader_gets_what_comes_after_its_position_and_nothing_twice()
    {
        _ring.Start(FakeScan.Key(0));
        _ring.Append(PageOf(1, 3), FakeScan.Key(5));
        _ring.Append(null, FakeScan.Key(7));
        _ring.Append(PageOf(8), FakeScan.Key(9));

        Assert.Equal("1, 3 up to 7", Read(0));
        Assert.Equal("3 up to 7", Read(1));
        Assert.Equal("3 up to 7", Read(2));
        Assert.Equal(" up to 7", Read(3));
        Assert.Equal(" up to 7", Read(5));
        Assert.Equal("8 up to 9", Read(7));
        Assert.Null(_ring.Find(FakeScan.Key(9)));
        Assert.Null(_ring.Find(FakeScan.Key(20)));
        Assert.Null(_ring.Find(FakeScan.Key(-1)));
    }

    [Fact]
    public void What_is_too_much_is_forgotten_from_the_oldest_on_and_the_newest_page_stays_whatever_its_size()
    {
        _ring.Start(FakeScan.Key(0));
        for (var i = 0; i < 300; i++)
        {
            _ring.Append(PageOf((2 * i) + 1), FakeScan.Key((2 * i) + 2));
        }

        // Four records of 24 bytes are under 100, five are not.
        Assert.Equal((FakeScan.Key(592), FakeScan.Key(600)), (_ring.Begin!.Value, _ring.End!.Value));
        Assert.Null(_ring.Find(FakeScan.Key(591)));
        Assert.Equal("593 up to 594", Read(592));

        _ring.Append(PageOf([.. Enumerable.Range(601, 20)]), FakeScan.Key(700));
        Assert.Equal(FakeScan.Key(600), _ring.Begin);
        Assert.Equal(20, _ring.Find(FakeScan.Key(600))!.Value.Events!.Count);
    }

    [Fact]
    public void A_page_is_cut_with_its_conflicts_and_unreadable_payloads()
    {
        var page = FakeScan.PageOf(
            [.. new[] { 1, 2, 2, 3, 4 }.Select(static n => (FakeScan.Key(n), new byte[] { (byte)n }))], [FakeScan.Key(2)], [], isLast: true);

        var middle = page.Cut(FakeScan.Key(1), FakeScan.Key(3))!;
        Assert.Equal([FakeScan.Key(2), FakeScan.Key(2), FakeScan.Key(3)], middle.Unpack().Select(static e => e.Key));
        Assert.Equal((FakeScan.Key(3), 3, false), (middle.LastKey!.Value, middle.Count, middle.IsLast));
        Assert.Equal(FakeScan.Key(2), Assert.Single(middle.Conflicts));
        Assert.Empty(page.Cut(FakeScan.Key(2), null)!.Conflicts);
        Assert.Null(page.Cut(FakeScan.Key(4), null));
        Assert.Null(page.Cut(null, FakeScan.Key(0)));
    }

    private string Read(int position)
    {
        var (events, upTo) = _ring.Find(FakeScan.Key(position))!.Value;
        return $"{string.Join(", ", events?.Unpack().Select(static e => OffsetOf(e.Key)) ?? [])} up to {OffsetOf(upTo)}";
    }

    private static int OffsetOf(EventKey key) => (int)(key.UnixMilliseconds - FakeScan.Day);

    private static ScanPage PageOf(params int[] offsets) =>
        FakeScan.PageOf([.. offsets.Select(static n => (FakeScan.Key(n), new byte[8]))], [], [], isLast: false);
}
