using AllData.Protocol.Certificates;

namespace AllData.Tests.Unit.Sealing;

/// <summary>What peers held of an interval, and whether one of them holds something else.</summary>
public sealed class HeldMarkTests
{
    private static readonly HeldMark Before = HeldMark.Of([(1, "7 blocks"), (2, "7 blocks"), (3, "")]);

    [Fact]
    public void A_peer_that_holds_something_else_is_a_difference_and_one_that_is_silent_is_none()
    {
        Assert.False(Before.DiffersFrom(HeldMark.Of([(1, "7 blocks"), (2, "7 blocks"), (3, "")]), [1, 2, 3]));
        Assert.False(Before.DiffersFrom(HeldMark.Of([(1, "7 blocks")]), [1]));
        Assert.False(Before.DiffersFrom(HeldMark.Of([(1, "7 blocks"), (4, "")]), [1, 4]));
        Assert.True(Before.DiffersFrom(HeldMark.Of([(1, "8 blocks")]), [1]));
        Assert.True(Before.DiffersFrom(HeldMark.Nothing, [2]));
        Assert.True(Before.DiffersFrom(HeldMark.Of([(3, "1 block")]), [3]));
        Assert.True(Before.DiffersFrom(HeldMark.Of([(4, "1 block")]), [4]));
    }

    [Fact]
    public void Of_a_silent_peer_is_kept_what_was_known_and_of_one_that_is_gone_nothing()
    {
        var now = HeldMark.Of([(1, "8 blocks"), (3, "")]).With(Before, silent: [2, 5]);
        Assert.Equal(HeldMark.Of([(1, "8 blocks"), (2, "7 blocks")]), now);
        Assert.Equal(HeldMark.Of([(1, "8 blocks")]), HeldMark.Of([(1, "8 blocks")]).With(Before, silent: []));

        // What it has said that it holds was not read.
        Assert.Equal(Before, HeldMark.Of([(1, "7 blocks"), (2, "8 blocks"), (4, "1 block")]).With(Before, silent: [2, 4]));
    }

    [Fact]
    public void The_text_says_the_same()
    {
        Assert.Equal(Before, HeldMark.TryParse($"{Before}"));
        Assert.Equal(HeldMark.Nothing, HeldMark.TryParse(""));
        Assert.All(new[] { "1", "1:", "1:0123", "x:01234567", "-1:01234567", "1:01234567:", "0f3a2b1c0f3a2b1c" }, text => Assert.Null(HeldMark.TryParse(text)));
    }
}
