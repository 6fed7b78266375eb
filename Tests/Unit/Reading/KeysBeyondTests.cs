using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>What is kept in mind of events beyond the safe point.</summary>
public sealed class KeysBeyondTests
{
    [Fact]
    public void A_key_is_added_once_and_not_when_the_safe_point_has_passed_it()
    {
        var keys = new KeysBeyond();
        Assert.True(keys.TryAdd(FakeScan.Key(100), turn: 7));
        Assert.False(keys.TryAdd(FakeScan.Key(100), turn: 8));
        Assert.True(keys.TryFind(FakeScan.Key(100), out var turn));
        Assert.Equal(7, turn);
        Assert.False(keys.TryFind(FakeScan.Key(101), out _));

        keys.Pass(FakeScan.Key(150));
        Assert.False(keys.TryAdd(FakeScan.Key(150)));
        Assert.False(keys.TryAdd(FakeScan.Key(100)));
        Assert.True(keys.TryAdd(FakeScan.Key(151)));

        // It never goes back.
        keys.Pass(FakeScan.Key(10));
        Assert.False(keys.TryAdd(FakeScan.Key(150)));
    }

    [Fact]
    public void What_the_safe_point_has_passed_is_forgotten_and_nothing_beyond_it()
    {
        var keys = new KeysBeyond();
        for (var offset = 0; offset < 1_000; offset++)
        {
            keys.TryAdd(FakeScan.Key(offset));
        }

        keys.Pass(FakeScan.Key(499));
        Assert.InRange(keys.Count, 500, 520);
        Assert.All(Enumerable.Range(500, 500), offset => Assert.True(keys.TryFind(FakeScan.Key(offset), out _)));
        keys.Pass(FakeScan.Key(2_000));
        Assert.Equal(0, keys.Count);
    }

    [Fact]
    public void When_it_is_full_nothing_is_added_until_there_is_room()
    {
        var keys = new KeysBeyond(maxKeys: 3);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(n => keys.TryAdd(FakeScan.Key(n * 100))));
        Assert.True(keys.IsFull);
        Assert.Equal([true, false], new[] { 200, 300 }.Select(n => keys.Has(FakeScan.Key(n))));
        keys.Pass(FakeScan.Key(150));
        Assert.False(keys.IsFull);
        Assert.True(keys.Has(FakeScan.Key(150)));
        Assert.True(keys.TryAdd(FakeScan.Key(300)));
        Assert.True(keys.TryFind(FakeScan.Key(200), out _));
    }
}
