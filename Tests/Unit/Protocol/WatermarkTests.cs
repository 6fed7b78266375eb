using AllData.Coordination;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;

namespace AllData.Tests.Unit.Protocol;

/// <summary>What a coordinator may still write: keys yet to be issued, keys handed out, puts in flight.</summary>
public sealed class WatermarkTests
{
    private const int Ordinal = 42;
    private const long Noon = 1_767_614_400_000;

    private readonly OutstandingKeys _outstanding = new(mostRuns: 3);

    [Fact]
    public void Below_what_is_passed_by_no_key_is_issued_any_more_also_when_the_clock_steps_back()
    {
        var keys = new KeyGenerator(Ordinal, TimeSpan.FromHours(1), leasedUntil: 0, OneKey.Lease);
        Assert.Equal(new KeyIssue(KeyIssueStatus.LeaseNeeded, Noon + 5_000), keys.PassBy(Noon, out _));
        keys.ExtendLease(Noon + 5_000);

        Assert.Equal(KeyIssueStatus.Issued, keys.PassBy(Noon, out var next).Status);

        Assert.Equal(EventKey.Create(Noon, Ordinal, 0), next);
        foreach (var range in new[] { KeyRange.Own, KeyRange.Reserved })
        {
            Assert.Equal(KeyIssueStatus.Issued, keys.Issue(range, Noon - 60_000, out var key).Status);
            Assert.True(key >= next, $"{key} was issued below {next}.");
        }
    }

    [Fact]
    public void Keys_that_run_ahead_of_the_clock_are_passed_by_only_as_far_as_they_were_issued()
    {
        var keys = new KeyGenerator(Ordinal, TimeSpan.FromHours(1), leasedUntil: Noon, OneKey.Lease);
        keys.ExtendLease(Noon + 5_000);
        keys.Issue(KeyRange.Own, Noon, out var own);

        keys.PassBy(Noon, out var next);

        Assert.Equal(own.GetSuccessor(), next);
    }

    [Fact]
    public void A_put_in_flight_counts_until_it_has_ended()
    {
        var pending = new PendingKeys();
        var first = pending.Enter(Reserved(1));
        var second = pending.Enter(Reserved(5));
        Assert.Equal(Reserved(1), pending.Lowest);

        first.Raise(Reserved(7));
        Assert.Equal(Reserved(5), pending.Lowest);
        var end = new TaskCompletionSource();
        second.DisposeAfter(end.Task);
        Assert.Equal(Reserved(5), pending.Lowest);
        end.SetResult();
        Assert.Equal(Reserved(7), pending.Lowest);
        first.Dispose();
        Assert.Null(pending.Lowest);
    }

    [Fact]
    public void A_reservation_counts_until_all_of_it_is_acknowledged()
    {
        _outstanding.OnIssued([Reserved(1), Reserved(2)]);
        _outstanding.OnIssued([Reserved(3)]);
        Acknowledge(Reserved(3), Reserved(2), EventKey.Create(Noon, Ordinal, 1));
        Assert.Equal(Reserved(1), _outstanding.Lowest(Noon));

        Acknowledge(Reserved(1));
        Assert.Null(_outstanding.Lowest(Noon));
    }

    [Fact]
    public void Keys_that_were_given_back_do_not_count()
    {
        _outstanding.OnIssued([Reserved(1), Reserved(2)]);
        _outstanding.OnIssued([Reserved(3)]);
        _outstanding.OnReleased([Reserved(1), EventKey.Create(Noon, Ordinal, 1)]);
        Assert.Equal(Reserved(1), _outstanding.Lowest(Noon));

        Acknowledge(Reserved(2));
        Assert.Equal(Reserved(3), _outstanding.Lowest(Noon));
        _outstanding.OnReleased([Reserved(3)]);
        Assert.Null(_outstanding.Lowest(Noon));
    }

    [Fact]
    public void Keys_that_are_too_old_to_come_back_as_fresh_do_not_count()
    {
        _outstanding.OnIssued([Reserved(1)]);
        Assert.Equal(Reserved(1), _outstanding.Lowest(Noon + OutstandingKeys.HoldAge - 1));
        Assert.Null(_outstanding.Lowest(Noon + OutstandingKeys.HoldAge));
    }

    [Fact]
    public void A_key_that_no_longer_counts_is_not_fresh_either_when_the_clock_is_set_back()
    {
        var reserved = new ReservedKeys();
        reserved.OnIssued([Reserved(1)]);
        _outstanding.OnIssued([Reserved(1)]);
        Assert.Null(_outstanding.Lowest(Noon + OutstandingKeys.HoldAge));

        Assert.Equal(0, reserved.Take([new KeyedEvent(Reserved(1), new byte[1])], new bool[1], _outstanding.TimeOf(Noon)));
    }

    [Fact]
    public void More_reservations_than_are_told_apart_still_count()
    {
        for (var n = 0; n < 10; n++)
        {
            _outstanding.OnIssued([Reserved(n)]);
        }

        Acknowledge([.. Enumerable.Range(0, 9).Select(Reserved)]);
        Assert.Equal(Reserved(2), _outstanding.Lowest(Noon));
        Acknowledge(Reserved(9));
        Assert.Null(_outstanding.Lowest(Noon));
    }

    private static EventKey Reserved(int n) => EventKey.Create(Noon, Ordinal, EventKey.FirstReservedSequence + n);

    private void Acknowledge(params EventKey[] keys) => _outstanding.OnAcknowledged([.. keys.Select(static key => new KeyedEvent(key, new byte[1]))]);
}
