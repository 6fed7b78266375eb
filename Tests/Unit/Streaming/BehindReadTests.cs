using AllData.Events;
using AllData.Following;
using AllData.Reading;
using AllData.Streaming;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Streaming;

/// <summary>A scan that several subscriptions share.</summary>
public sealed class BehindReadTests
{
    private readonly FakeScan _scan = new FakeScan().AddMany(9);
    private bool _isScanOver;

    [Fact]
    public async Task A_subscription_that_is_slower_than_pages_are_forgotten_is_lost_to_the_reading_and_does_not_stop_the_others()
    {
        var read = Begin(keptBytes: 1);
        Assert.True(read.TryEnter(default));

        var position = default(EventKey);
        foreach (var last in new[] { 2, 5, 8 })
        {
            position = (await TakeAsync(read, position))!.UpTo;
            Assert.Equal(FakeScan.Key(last), position);
        }

        Assert.Null(await TakeAsync(read, position));
        Assert.Null(await TakeAsync(read, default));
        Assert.False(read.IsFailed);
        Assert.False(read.TryEnter(position));
    }

    [Fact]
    public async Task A_subscription_joins_where_there_are_pages_for_it()
    {
        var read = Begin();
        var position = (await TakeAsync(read, default))!.UpTo;

        Assert.True(read.TryEnter(FakeScan.Key(1)));
        Assert.True(read.TryEnter(position));
        Assert.False(read.TryEnter(FakeScan.Key(3)));
        Assert.Equal([FakeScan.Key(2)], (await TakeAsync(read, FakeScan.Key(1)))!.Events!.Unpack().Select(static e => e.Key));
    }

    [Fact]
    public async Task The_scan_ends_when_its_last_subscription_leaves()
    {
        var read = Begin();
        Assert.True(read.TryEnter(default));
        await TakeAsync(read, default);
        read.Leave();
        Assert.False(read.IsLeft);

        read.Leave();
        Assert.True(read.IsLeft);
        Assert.False(read.TryEnter(default));
        await Eventually.IsAsync("the scan is over", () => Volatile.Read(ref _isScanOver), static isOver => isOver);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_scan_fails_or_is_in_doubt_what_came_before_is_given_and_then_it_has_failed(bool isInDoubt)
    {
        _scan.Doubts = isInDoubt ? [FakeScan.Doubt("west-c")] : [];
        _scan.Fails = isInDoubt ? null : (6, new TimeoutException("Too slow."));
        var read = Begin();
        var position = (await TakeAsync(read, (await TakeAsync(read, default))!.UpTo))!.UpTo;
        Assert.Equal(FakeScan.Key(5), position);

        Assert.Null(await TakeAsync(read, position));
        Assert.True(read.IsFailed);
    }

    private static async Task<CertainPage?> TakeAsync(BehindRead read, EventKey position)
    {
        CertainPage? page = null;
        await Eventually.IsAsync("there is a page, or it has ended", () => read.TryTake(position, out page), static isThere => isThere);
        return page;
    }

    private BehindRead Begin(long keptBytes = 1 << 20) => new(ReadAsync(), default, FakeScan.Key(8), static () => { }, keptBytes);

    private async IAsyncEnumerable<ScanPage> ReadAsync()
    {
        try
        {
            await foreach (var page in _scan.Read(ScanRange.All))
            {
                yield return page;
            }
        }
        finally
        {
            Volatile.Write(ref _isScanOver, true);
        }
    }
}
