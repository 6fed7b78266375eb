using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

public sealed class PageTopicsTests
{
    private static readonly Topic Orders = Topic.Parse("orders");
    private static readonly Topic Other = Topic.Parse("other");

    [Fact]
    public void A_page_whose_events_have_none_says_nothing_of_topics() => Assert.Null(Page(null, null).Topics);

    [Fact]
    public void Each_event_has_the_topic_that_it_came_with()
    {
        Topic?[] topics = [null, Orders, null, Other, Orders];
        Assert.Equal(topics, Page(topics).Unpack().Select(static e => e.Topic));
    }

    [Fact]
    public void A_part_of_a_page_has_the_topics_of_its_events()
    {
        var part = Page(null, Orders, Other, null).Cut(FakeScan.Key(0), FakeScan.Key(2))!;
        Assert.Equal([Orders, Other], part.Unpack().Select(static e => e.Topic));
    }

    [Fact]
    public void The_events_of_a_topic_are_cut_out()
    {
        var page = Page(null, Orders, Other, Orders);
        var only = page.Only(Orders)!;
        Assert.Equal([FakeScan.Key(1), FakeScan.Key(3)], only.Unpack().Select(static e => e.Key));
        Assert.All(only.Unpack(), static e => Assert.Equal(Orders, e.Topic));
        Assert.Equal((2, FakeScan.Key(3)), (only.Count, only.LastKey));
        Assert.Null(page.Only(Topic.Parse("nothing")));
        Assert.Null(Page(null, null).Only(Orders));
    }

    [Fact]
    public void Events_that_are_selected_keep_their_topics()
    {
        var page = Page(null, Orders, Other, null, Orders);
        var some = page.Where(static key => key != FakeScan.Key(1) && key != FakeScan.Key(3))!;
        Assert.Equal([null, Other, Orders], some.Unpack().Select(static e => e.Topic));
        Assert.Equal([FakeScan.Key(4)], some.Only(Orders)!.Unpack().Select(static e => e.Key));
        Assert.Same(page, page.Where(static _ => true));
        Assert.Null(page.Where(static _ => false));
    }

    [Fact]
    public void Of_events_that_are_selected_only_their_conflicts_are_named()
    {
        var page = FakeScan.PageOf(
            [(FakeScan.Key(1), [1]), (FakeScan.Key(1), [2]), (FakeScan.Key(2), [1]), (FakeScan.Key(2), [2])], [FakeScan.Key(1), FakeScan.Key(2)], [],
            isLast: false);
        Assert.Equal(FakeScan.Key(2), Assert.Single(page.Where(static key => key == FakeScan.Key(2))!.Conflicts));
    }

    [Fact]
    public void A_page_of_one_topic_goes_as_it_is()
    {
        var page = Page(Orders, Orders);
        Assert.Same(page, page.Only(Orders));
        Assert.Equal(1, Page(Orders, null).Only(Orders)!.Count);
    }

    private static ScanPage Page(params Topic?[] topics)
    {
        var events = topics.Select(static (topic, i) => new ScannedEvent(FakeScan.Key(i), new byte[] { (byte)i }, false) { Topic = topic });
        return EventScan.Of(events, ScanRange.All).ReadPagesAsync().ToBlockingEnumerable().Single();
    }
}
