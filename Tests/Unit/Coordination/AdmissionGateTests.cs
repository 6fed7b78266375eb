using AllData.Coordination;

namespace AllData.Tests.Unit.Coordination;

/// <summary>Room for puts: bounded, and given back when the last one that works on a put lets go.</summary>
public sealed class AdmissionGateTests
{
    private readonly AdmissionGate _gate = new(100);

    [Fact]
    public void Room_is_taken_up_to_the_bound_and_a_put_that_is_alone_always_comes_in()
    {
        using (var large = _gate.TryEnter(1_000))
        {
            Assert.NotNull(large);
            Assert.Null(_gate.TryEnter(1));
        }

        using var first = _gate.TryEnter(60);
        Assert.Null(_gate.TryEnter(41));
        using var second = _gate.TryEnter(40);
        Assert.Equal(100, _gate.WaitingBytes);
    }

    [Fact]
    public void Room_is_given_back_once_when_the_last_holder_lets_go()
    {
        var block = new TaskCompletionSource();
        using (var ticket = _gate.TryEnter(60)!)
        {
            ticket.HoldUntil(block.Task);
            ticket.Share().Dispose();
            Assert.Equal(60, _gate.WaitingBytes);
        }

        Assert.Equal(60, _gate.WaitingBytes);
        block.SetException(new InvalidOperationException("A bug."));
        Assert.Equal(0, _gate.WaitingBytes);
    }

    [Fact]
    public void Puts_that_leave_together_give_their_room_back_when_their_block_and_each_of_them_let_go()
    {
        var block = new TaskCompletionSource();
        var (one, other) = (_gate.TryEnter(10)!, _gate.TryEnter(20)!);
        var stays = other.Share();
        using (var both = AdmissionGate.Ticket.Join([one, other]))
        {
            both.HoldUntil(block.Task);
        }

        Assert.Equal(30, _gate.WaitingBytes);
        block.SetResult();
        Assert.Equal(20, _gate.WaitingBytes);
        stays.Dispose();
        Assert.Equal(0, _gate.WaitingBytes);
    }
}
