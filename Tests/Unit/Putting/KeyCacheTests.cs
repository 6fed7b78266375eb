using System.Collections.Immutable;
using AllData.Batching.Gateways;
using AllData.Events;

namespace AllData.Tests.Unit.Putting;

public sealed class KeyCacheTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);

    private readonly KeyCache _stash = new();

    [Fact]
    public void Keys_are_given_in_order_each_once_over_several_supplies()
    {
        Supply(0, 3);
        Supply(3, 5);
        Assert.Equal(new[] { 0, 1 }, Take(2));
        Assert.Equal(new[] { 2, 3, 4 }, Take(3));
        Assert.Null(Take(4));
        Assert.Equal(new[] { 5, 6, 7 }, Take(3));
        Assert.Null(Take(1));
    }

    [Fact]
    public void Keys_that_have_grown_old_are_thrown_away_and_the_others_kept()
    {
        Supply(0, 3, Now);
        Supply(3, 3, Now + KeyCache.MaxAge);
        Assert.Equal(new[] { 0 }, Take(1, Now + KeyCache.MaxAge));
        Assert.Equal(new[] { 3, 4, 5 }, Take(3, Now + KeyCache.MaxAge + TimeSpan.FromTicks(1)));
        Assert.Equal(0, _stash.Count);
    }

    [Fact]
    public void Keys_that_have_grown_old_are_to_be_given_back_each_once()
    {
        Supply(0, 3, Now);
        Supply(3, 3, Now + KeyCache.MaxAge);
        Take(1);
        Assert.Empty(_stash.TakeUnused(Now));
        Assert.Equal<EventKey>(Keys(1, 2), _stash.TakeUnused(Now + KeyCache.MaxAge + TimeSpan.FromTicks(1)));
        Assert.True(_stash.MayHaveUnused);
        Assert.Equal<EventKey>(Keys(3, 3), _stash.TakeUnused(TimeSpan.MaxValue));
        Assert.False(_stash.MayHaveUnused);
        Assert.Null(Take(1));
    }

    [Fact]
    public void Keys_that_grow_old_while_others_are_taken_are_given_back_too()
    {
        Supply(0, 3, Now);
        Supply(3, 3, Now + KeyCache.MaxAge);
        Take(1, Now + KeyCache.MaxAge + TimeSpan.FromTicks(1));
        Assert.Equal<EventKey>(Keys(0, 3), _stash.TakeUnused(Now));
    }

    [Fact]
    public void Keys_that_are_about_to_come_may_be_unused()
    {
        _stash.BeginRefill();
        Assert.True(_stash.MayHaveUnused);
        _stash.EndRefill([], Now);
        Assert.False(_stash.MayHaveUnused);
    }

    [Fact]
    public void It_grows_while_it_runs_empty_and_shrinks_while_keys_grow_old_within_its_bounds()
    {
        Assert.Equal(KeyCache.MinSize, _stash.Size);
        Take(1);
        Assert.Equal(KeyCache.MinSize * 2, _stash.Size);
        Take(500);
        Assert.Equal(1_000, _stash.Size);
        Take(1);
        Take(1);
        Take(1);
        Assert.Equal(KeyCache.MaxSize, _stash.Size);
        for (var i = 0; i < 20; i++)
        {
            Supply(0, 1, TimeSpan.Zero);
            Supply(1, 1, Now);
            Take(1);
        }

        Assert.Equal(KeyCache.MinSize, _stash.Size);
    }

    [Fact]
    public void It_asks_for_more_before_it_is_empty_one_call_at_a_time()
    {
        Assert.Equal(KeyCache.MinSize, _stash.BeginRefill());
        Assert.Equal(0, _stash.BeginRefill());
        _stash.EndRefill(Keys(0, KeyCache.MinSize), Now);
        Assert.Equal(0, _stash.BeginRefill());
        Take(KeyCache.MinSize / 2);
        Assert.Equal(KeyCache.MinSize / 2, _stash.BeginRefill());
        _stash.EndRefill([], Now);
        Assert.Equal(KeyCache.MinSize / 2, _stash.BeginRefill());
    }

    [Fact]
    public void One_call_asks_for_no_more_than_a_silo_hands_out()
    {
        Take(1_000);
        Assert.Equal(2_000, _stash.Size);
        Assert.Equal(KeyCache.MaxPerCall, _stash.BeginRefill());
    }

    [Fact]
    public void The_keys_of_a_gateway_that_is_gone_are_not_given()
    {
        Supply(0, 10);
        Take(3);
        _stash.Clear();
        Assert.Null(Take(1));
        Supply(20, 2);
        Assert.Equal(new[] { 20, 21 }, Take(2));
    }

    private IEnumerable<int>? Take(int count, TimeSpan? now = null)
    {
        var keys = new EventKey[count];
        return _stash.TryTake(keys, now ?? Now) ? keys.Select(static key => key.Sequence - EventKey.FirstReservedSequence) : null;
    }

    private void Supply(int first, int count, TimeSpan? asked = null) => _stash.EndRefill(Keys(first, count), asked ?? Now);

    private static ImmutableArray<EventKey> Keys(int first, int count) => [.. Enumerable.Range(first, count).Select(RecordedSink.KeyOf)];
}
