using AllData.Consumers;
using AllData.Errors;
using AllData.Events;

namespace AllData.Tests.Unit.Consumers;

/// <summary>What a consumer's position may do.</summary>
public sealed class ConsumerRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ConsumerName Name = ConsumerName.Parse("billing");

    [Fact]
    public void A_new_consumer_begins_where_its_first_holder_says_and_a_later_holder_goes_on_where_it_is()
    {
        var first = ConsumerRules.Take(new ConsumerState(), "one", Key(1), Now);
        var moved = ConsumerRules.Move(Name, first, MarkOf(first), Key(5), Now);
        var second = ConsumerRules.Take(moved, "two", Key(2), Now);

        Assert.Equal((Key(1), Key(5), Key(5)), (PositionOf(first), PositionOf(moved), PositionOf(second)));
        Assert.True(second.Epoch > first.Epoch);
        Assert.Equal(("one", "two"), (moved.Holder, second.Holder));
    }

    [Fact]
    public void A_former_holder_is_refused_and_told_what_is_there_and_since_when()
    {
        var first = ConsumerRules.Take(new ConsumerState(), "one", Key(1), Now);
        var second = ConsumerRules.Take(first, "two", null, Now);
        var moved = ConsumerRules.Move(Name, second, MarkOf(second), Key(4), Now.AddSeconds(3));

        var refusal = Assert.Throws<ConsumerMovedException>(() => ConsumerRules.Move(Name, moved, MarkOf(first), Key(9), Now));

        Assert.Equal(
            (Key(4), Now.AddSeconds(3), second.Epoch, "two"), (refusal.Position!.Value, refusal.WrittenAt, refusal.Epoch, refusal.Holder));
        Assert.Contains($"is at {Key(4)}, written 2026-01-02T03:04:08.000Z, with 'two'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_that_move_from_the_same_place_notice_each_other_under_one_number_too()
    {
        var held = ConsumerRules.Take(new ConsumerState(), "one", Key(1), Now);
        var moved = ConsumerRules.Move(Name, held, MarkOf(held), Key(4), Now);

        Assert.Throws<ConsumerMovedException>(() => ConsumerRules.Move(Name, moved, MarkOf(held), Key(6), Now));
    }

    [Fact]
    public void A_move_that_is_sent_again_changes_nothing()
    {
        var held = ConsumerRules.Take(new ConsumerState(), "one", Key(1), Now);
        var moved = ConsumerRules.Move(Name, held, MarkOf(held), Key(4), Now);

        Assert.Same(moved, ConsumerRules.Move(Name, moved, MarkOf(held), Key(4), Now.AddSeconds(1)));
    }

    [Fact]
    public void A_position_goes_back_by_a_reset_alone_which_takes_the_consumer_from_its_holder()
    {
        var held = ConsumerRules.Take(new ConsumerState(), "one", Key(5), Now);
        var refusal = Assert.Throws<InvalidPositionException>(() => ConsumerRules.Move(Name, held, MarkOf(held), Key(4), Now));
        Assert.Equal(Key(5), refusal.Kept);

        var reset = ConsumerRules.Reset(Name, held, MarkOf(held), Key(2), Now);

        Assert.Equal((Key(2), ""), (PositionOf(reset), reset.Holder));
        Assert.Throws<ConsumerMovedException>(() => ConsumerRules.Move(Name, reset, MarkOf(held), Key(6), Now));
        Assert.Throws<ConsumerMovedException>(() => ConsumerRules.Reset(Name, reset, MarkOf(held), Key(1), Now));
    }

    [Fact]
    public void A_position_in_the_future_is_refused_because_what_is_put_until_then_would_be_passed_over()
    {
        var held = ConsumerRules.Take(new ConsumerState(), "one", Key(5), Now);
        var future = EventKey.FirstAt(Now.AddHours(1));

        Assert.Contains(
            "in the future", Assert.Throws<InvalidPositionException>(() => ConsumerRules.Move(Name, held, MarkOf(held), future, Now)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidPositionException>(() => ConsumerRules.Take(new ConsumerState(), "one", future, Now));
        Assert.Throws<InvalidPositionException>(() => ConsumerRules.Reset(Name, held, MarkOf(held), future, Now));
    }

    [Fact]
    public void A_consumer_that_is_made_again_does_not_know_the_holders_of_the_former_one()
    {
        var former = ConsumerRules.Take(new ConsumerState(), "one", Key(5), Now);
        var again = ConsumerRules.Take(new ConsumerState(), "two", Key(5), Now.AddMilliseconds(1));

        Assert.Throws<ConsumerMovedException>(() => ConsumerRules.Move(Name, again, MarkOf(former), Key(6), Now));
    }

    [Fact]
    public void A_reset_makes_a_consumer_only_where_none_is_and_moves_only_one_that_is()
    {
        Assert.Throws<ConsumerNotFoundException>(() => ConsumerRules.Move(Name, new ConsumerState(), new ConsumerMark(1, Key(1)), Key(2), Now));
        Assert.Throws<ConsumerNotFoundException>(() => ConsumerRules.Reset(Name, new ConsumerState(), new ConsumerMark(1, Key(1)), Key(2), Now));
        var made = ConsumerRules.Reset(Name, new ConsumerState(), null, default, Now);

        Assert.Equal(default(EventKey), PositionOf(made));
        Assert.Throws<ConsumerMovedException>(() => ConsumerRules.Reset(Name, made, null, Key(2), Now));
    }

    [Fact]
    public void What_a_holder_calls_itself_is_cut_and_moves_no_cursor()
    {
        var held = ConsumerRules.Take(new ConsumerState(), "\u001b[31m" + new string('x', 500), Key(1), Now);
        Assert.Equal(ConsumerRules.MaxHolder, held.Holder.Length);
        Assert.DoesNotContain('\u001b', held.Holder);
    }

    [Fact]
    public void There_are_so_many_consumers_and_no_more_and_one_that_is_there_may_be_added_again()
    {
        var full = new ConsumerCatalogState { Names = [.. Enumerable.Range(1, ConsumerCatalogGrain.MaxConsumers).Select(static n => $"c{n}")] };

        Assert.Equal(ConsumerCatalogGrain.MaxConsumers, Assert.Throws<TooManyConsumersException>(() => ConsumerCatalogGrain.Add(full, "one-more")).Limit);
        Assert.Same(full, ConsumerCatalogGrain.Add(full, "c7"));
        Assert.Equal(["a", "b", "c"], ConsumerCatalogGrain.Add(new ConsumerCatalogState { Names = ["a", "c"] }, "b").Names);
    }

    [Theory]
    [InlineData("billing", true)]
    [InlineData("Billing_2.v1-a", true)]
    [InlineData("0", true)]
    [InlineData("", false)]
    [InlineData(".hidden", false)]
    [InlineData("-a", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    [InlineData("ä", false)]
    public void A_name_has_letters_digits_hyphens_underscores_and_dots(string text, bool isName)
    {
        Assert.Equal(isName, ConsumerName.TryParse(text, out _));
        if (!isName)
        {
            Assert.Contains("1 to 64", Assert.Throws<InvalidConsumerNameException>(() => ConsumerName.Parse(text)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        Assert.True(ConsumerName.TryParse(new string('a', 64), out _));
        Assert.False(ConsumerName.TryParse(new string('a', 65), out _));
    }

    private static EventKey Key(int second) => EventKey.FirstAt(new DateTimeOffset(2026, 1, 2, 3, 0, second, TimeSpan.Zero));

    private static ConsumerMark MarkOf(ConsumerState state) => ConsumerRules.Describe(Name, state)!.Mark;

    private static EventKey? PositionOf(ConsumerState state) => ConsumerRules.Describe(Name, state)!.Position;
}
