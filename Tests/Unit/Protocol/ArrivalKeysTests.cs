using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;

namespace AllData.Tests.Unit.Protocol;

public sealed class ArrivalKeysTests
{
    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(49_000, 999, false)]
    [InlineData(49_000, 2_000, false)]
    [InlineData(49_000, int.MaxValue, false)]
    public void An_arrival_at_the_end_of_time_leaves_no_positions(int sequence, int count, bool isPossible)
    {
        var milliseconds = EventKey.MaxValue.UnixMilliseconds - (isPossible ? 1 : 0);
        Assert.Equal(isPossible, ArrivalKeys.IsPossible(EventKey.Create(milliseconds, 1, sequence), count));
    }

    [Fact]
    public void The_positions_of_a_block_are_the_keys_that_were_issued_for_it()
    {
        var generator = new KeyGenerator(7, TimeSpan.FromDays(1), leasedUntil: 1_000_000, lease: TimeSpan.FromHours(1));
        generator.ExtendLease(2_000_000);
        Assert.Equal(KeyIssueStatus.Issued, generator.Issue(KeyRange.Own, 1_500_000, new EventKey[49_990]).Status);
        var keys = new EventKey[4_096];

        Assert.Equal(KeyIssueStatus.Issued, generator.Issue(KeyRange.Own, 1_500_000, keys).Status);

        Assert.Equal(keys, Enumerable.Range(0, keys.Length).Select(i => ArrivalKeys.At(keys[0], i)));
        Assert.Equal(keys[^1], ArrivalKeys.Last(keys[0], keys.Length));
        Assert.NotEqual(keys[0].UnixMilliseconds, keys[^1].UnixMilliseconds);
        Assert.All(keys, key => Assert.True(ArrivalKeys.Has(keys[0], keys.Length, key)));
        var other = EventKey.Create(keys[0].UnixMilliseconds, 8, 0);
        Assert.True(other > keys[0] && other < keys[^1]);
        Assert.All(
            [other, ArrivalKeys.At(keys[0], keys.Length), keys[0].GetPredecessor()], key => Assert.False(ArrivalKeys.Has(keys[0], keys.Length, key)));
    }
}
