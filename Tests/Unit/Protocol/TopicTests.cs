using System.Text.Json;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Tests.Unit.Protocol;

public sealed class TopicTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("9")]
    [InlineData("Orders.eu-1_x")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_topic_is_letters_digits_dots_underscores_and_hyphens(string text)
    {
        Assert.Equal(text, Topic.Parse(text).Value);
        Assert.Equal(Topic.Parse(text), JsonSerializer.Deserialize<Topic>($"\"{text}\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("-a")]
    [InlineData("_a")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData("\u00fc")]
    [InlineData("a\u0661")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void Anything_else_is_not(string text)
    {
        Assert.False(Topic.TryParse(text, out _));
        Assert.DoesNotContain("\n", Assert.Throws<FormatException>(() => Topic.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Upper_and_lower_case_are_different() => Assert.NotEqual(Topic.Parse("a"), Topic.Parse("A"));

    // The number was made by another implementation of the hash.
    [Fact]
    public void The_id_of_a_bucket_is_the_same_everywhere() =>
        Assert.Equal(5726819939926061688, new Copyset([1, 2, 3]).IdWith(Topic.Parse("orders.eu-1")).Value);

    [Fact]
    public void Blocks_are_cut_where_the_topic_changes()
    {
        KeyedEvent[] events =
        [
            new(EventKey.Create(1, 1, 0), new byte[1]), new(EventKey.Create(3, 1, 0), new byte[1]),
            new(EventKey.Create(2, 1, 0), new byte[1], Topic.Parse("a")),
            new(EventKey.Create(4, 1, 0), new byte[1], Topic.Parse("b")), new(EventKey.Create(5, 1, 0), new byte[1], Topic.Parse("b")),
        ];
        Assert.Equal([0..2, 2..3, 3..5], BlockSplitter.Split(events, 100, 100_000));
    }
}
