using AllData.Batching.Queueing;

namespace AllData.Tests.Unit.Putting;

public sealed class AdmissionQueueTests
{
    private readonly RecordedSink _sink = new();
    private readonly AdmissionQueue _room = new(maxBytes: 1_000);

    [Fact]
    public void It_lets_in_up_to_its_bound_and_anything_when_it_is_empty()
    {
        Assert.True(_room.TryEnter(5_000));
        Assert.False(_room.TryEnter(1));
        _room.Leave(5_000);
        Assert.True(_room.TryEnter(600));
        Assert.True(_room.TryEnter(400));
        Assert.False(_room.TryEnter(1));
        Assert.Equal(1_000, _room.TakenBytes);
    }

    [Fact]
    public void A_small_one_does_not_overtake_a_large_one_in_line()
    {
        Assert.True(_room.TryEnter(900));
        var (large, small) = (Request(500), Request(1));
        _room.Queue(large);
        Assert.False(_room.TryEnter(1));
        _room.Queue(small);
        Assert.Null(_room.TryAdmitNext());
        _room.Leave(900);
        Assert.Same(large, _room.TryAdmitNext());
        Assert.Null(_room.TryAdmitNext());
        _room.Leave(large.Charge);
        Assert.Same(small, _room.TryAdmitNext());
        Assert.False(_room.HasLine);
    }

    [Fact]
    public void Who_has_given_up_is_passed_over_and_blocks_nobody()
    {
        Assert.True(_room.TryEnter(900));
        var (gone, next) = (Request(500), Request(1));
        _room.Queue(gone);
        _room.Queue(next);
        Assert.True(gone.TryWithdraw());
        _room.Leave(400);
        Assert.Same(next, _room.TryAdmitNext());
        Assert.Equal(500 + next.Charge, _room.TakenBytes);
    }

    [Fact]
    public void Who_was_let_in_cannot_take_it_back()
    {
        var request = Request(1);
        request.End();
        Assert.False(request.TryWithdraw());
    }

    [Fact]
    public void Who_has_waited_too_long_is_taken_out_of_the_line_from_its_head()
    {
        Assert.True(_room.TryEnter(1_000));
        var (first, second) = (Request(1, since: 1), Request(1, since: 2));
        _room.Queue(first);
        _room.Queue(second);
        Assert.Null(_room.TakeExpired(TimeSpan.FromSeconds(1)));
        Assert.Same(first, _room.TakeExpired(TimeSpan.FromSeconds(2)));
        Assert.Null(_room.TakeExpired(TimeSpan.FromSeconds(2)));
    }

    private AdmissionRequest Request(int bytes, int since = 0) => new(new[] { _sink.Item(0, bytes) }, null, TimeSpan.FromSeconds(since));
}
