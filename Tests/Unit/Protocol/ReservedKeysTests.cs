using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;

namespace AllData.Tests.Unit.Protocol;

public sealed class ReservedKeysTests
{
    private const long Now = 1_767_614_400_000;

    private readonly ReservedKeys _reserved = new(generation: 4);

    [Fact]
    public void A_key_that_was_handed_out_is_fresh_once()
    {
        _reserved.OnIssued([Key(1), Key(2)]);
        Assert.Equal([true, false, true], Take(Now, Key(1), Key(9), Key(2)));
        Assert.Equal([false, false], Take(Now, Key(1), Key(2)));
    }

    [Fact]
    public void The_same_key_twice_in_one_put_is_not_fresh()
    {
        _reserved.OnIssued([Key(1), Key(2)]);
        Assert.Equal([false, true, false], Take(Now, Key(1), Key(2), Key(1)));
        Assert.Equal([false], Take(Now, Key(1)));
    }

    [Fact]
    public void Keys_are_forgotten_when_two_generations_have_followed()
    {
        for (var n = 0; n < 12; n += 4)
        {
            _reserved.OnIssued([Key(n), Key(n + 1), Key(n + 2), Key(n + 3)]);
        }

        Assert.Equal([false, false, true, true], Take(Now, Key(0), Key(3), Key(4), Key(11)));
    }

    [Fact]
    public void A_key_of_another_time_is_not_fresh()
    {
        _reserved.OnIssued([Key(1), Key(2)]);
        Assert.Equal([true], Take(Now + ReservedKeys.MaxAge - 1, Key(1)));
        Assert.Equal([false], Take(Now + ReservedKeys.MaxAge, Key(2)));
    }

    [Fact]
    public void A_key_that_another_coordinator_has_asked_about_is_not_fresh()
    {
        _reserved.OnIssued([Key(1), Key(2)]);
        _reserved.Forget([Key(1), Key(9)]);
        Assert.Equal([false, true], Take(Now, Key(1), Key(2)));
    }

    [Fact]
    public void A_key_that_was_given_back_is_not_fresh_and_is_given_back_once()
    {
        _reserved.OnIssued([Key(1), Key(2)]);
        Assert.Equal([Key(1)], _reserved.Release([Key(1), Key(9)]));
        Assert.Empty(_reserved.Release([Key(1)]));
        Assert.Equal([false, true], Take(Now, Key(1), Key(2)));
        Assert.Empty(_reserved.Release([Key(2)]));
    }

    private static EventKey Key(int n) => EventKey.Create(Now, 1, EventKey.FirstReservedSequence + n);

    private bool[] Take(long now, params EventKey[] keys)
    {
        var isFresh = new bool[keys.Length];
        var count = _reserved.Take([.. keys.Select(static key => new KeyedEvent(key, new byte[1]))], isFresh, now);
        Assert.Equal(isFresh.Count(static fresh => fresh), count);
        return isFresh;
    }
}
