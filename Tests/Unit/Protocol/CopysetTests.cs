using AllData.Protocol.Blocks;

namespace AllData.Tests.Unit.Protocol;

public sealed class CopysetTests
{
    [Fact]
    public void Members_in_any_order_are_the_same_copyset()
    {
        var one = new Copyset([3, 1, 2]);
        var other = new Copyset([2, 3, 1]);

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal([1, 2, 3], one.Ordinals.ToArray());
        Assert.Equal("{1,2,3}", one.ToString());
        Assert.NotEqual(one, new Copyset([1, 2]));
    }

    [Fact]
    public void The_id_is_the_same_everywhere_and_for_ever() => Assert.Equal(PinnedId, new Copyset([1, 2, 3]).Id.Value);

    [Fact]
    public void No_member_too_many_or_one_twice_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Copyset([]));
        Assert.Throws<ArgumentException>(() => new Copyset([.. Enumerable.Range(1, Copyset.MaxMembers + 1)]));
        Assert.Throws<ArgumentException>(() => new Copyset([1, 2, 1]));
    }

    /// <summary>XXH3-64 of 01000000 02000000 03000000; it lies in blocks and in databases.</summary>
    private const long PinnedId = 7_764_052_002_911_021_640;
}
