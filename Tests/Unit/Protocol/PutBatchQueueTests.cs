using AllData.Protocol.Puts;

namespace AllData.Tests.Unit.Protocol;

public sealed class PutBatchQueueTests
{
    private readonly PutBatchQueue<string> _queue = new(maxEvents: 10, maxBytes: 100, maxInFlight: 2, longestHold: 50);

    [Fact]
    public void Alone_a_put_leaves_at_once()
    {
        _queue.Add("a", 1, 10, now: 1);
        Assert.Equal(["a"], Depart());
        Assert.Null(Depart());
    }

    [Fact]
    public void What_comes_while_blocks_are_in_flight_leaves_together()
    {
        Send("a");
        Send("b");
        Send("c", "d", "e");
        Assert.Equal((2, 3), (_queue.InFlight, _queue.Count));
        Assert.Null(Depart());
        _queue.OnBack();
        Assert.Equal(["c", "d", "e"], Depart());
    }

    [Fact]
    public void Beside_another_block_only_one_as_large_leaves()
    {
        Send("a", "b", "c");
        Send("d", "e");
        Assert.Equal((1, 2), (_queue.InFlight, _queue.Count));
        Send("f");
        Assert.Equal((2, 0), (_queue.InFlight, _queue.Count));
    }

    [Fact]
    public void Beside_another_block_a_smaller_one_leaves_when_its_moment_is_over()
    {
        Send("a", "b", "c");
        Send("d");
        Assert.True(_queue.IsHeld(now: 50));
        Assert.Null(Depart(now: 50));
        Assert.False(_queue.IsHeld(now: 51));
        Assert.Equal(["d"], Depart(now: 51));
        Send("e");
        Assert.False(_queue.IsHeld(now: 99));
        Assert.Null(Depart(now: 99));
    }

    [Fact]
    public void Beside_another_block_a_few_events_as_heavy_as_a_block_leave()
    {
        Send("a", "b", "c");
        _queue.Add("heavy", 1, 100, now: 1);
        Assert.Equal(["heavy"], Depart());
    }

    [Fact]
    public void When_none_is_in_flight_what_waits_leaves_however_little_it_is()
    {
        Send("a", "b", "c");
        Send("d");
        _queue.OnBack();
        Assert.Equal(["d"], Depart());
    }

    [Fact]
    public void A_full_block_leaves_also_beside_one_that_was_larger_than_a_block()
    {
        _queue.Add("large", 50, 10, now: 1);
        Depart();
        _queue.Add("full", 10, 10, now: 1);
        Assert.Equal(["full"], Depart());
    }

    [Theory]
    [InlineData(4, 1, 2)]
    [InlineData(1, 30, 3)]
    [InlineData(5, 50, 2)]
    [InlineData(1, 1, 5)]
    public void A_block_ends_at_its_bound_in_events_or_in_bytes(int events, int bytes, int expected)
    {
        foreach (var put in new[] { "a", "b", "c", "d", "e" })
        {
            _queue.Add(put, events, bytes, now: 1);
        }

        Assert.Equal(expected, Depart()!.Count);
    }

    [Fact]
    public void A_put_larger_than_a_block_leaves_alone()
    {
        _queue.Add("small", 1, 1, now: 1);
        _queue.Add("large", 11, 101, now: 2);
        _queue.Add("next", 1, 1, now: 3);
        Assert.Equal(["small"], Depart());
        Assert.Equal(["large"], Depart());
        _queue.OnBack();
        _queue.OnBack();
        Assert.Equal(["next"], Depart());
    }

    [Fact]
    public void The_longest_wait_is_that_of_the_first_put_that_has_not_left()
    {
        Assert.Null(_queue.WaitingSince);
        _queue.Add("a", 10, 1, now: 5);
        _queue.Add("b", 10, 1, now: 7);
        Assert.Equal(5, _queue.WaitingSince);
        Depart();
        Assert.Equal(7, _queue.WaitingSince);
    }

    private void Send(params string[] puts)
    {
        Array.ForEach(puts, put => _queue.Add(put, 1, 10, now: 1));
        Depart();
    }

    private List<string>? Depart(long now = 10)
    {
        var block = new List<string>();
        return _queue.TryDepart(block, now) ? block : null;
    }
}
