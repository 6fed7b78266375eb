namespace AllData.Tests.Unit.Silo;

public sealed class ReadableTextTests
{
    [Theory]
    [InlineData("\u001b[2J", "\\u001b[2J")]
    [InlineData("a\r\nb\tc", "a\\r\\nb\\tc")]
    [InlineData("\u0007\0\u007f", "\\u0007\\u0000\\u007f")]
    [InlineData("\u009b31m\u009d", "\\u009b31m\\u009d")]
    [InlineData("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066")]
    [InlineData("\u2028\u2029\ufeff\u061c", "\\u2028\\u2029\\ufeff\\u061c")]
    public void What_a_terminal_would_act_on_is_shown_as_an_escape(string text, string shown) => Assert.Equal(shown, ReadableText.Escape(text));

    [Fact]
    public void Half_of_a_surrogate_pair_is_shown_as_an_escape_and_a_whole_pair_stays() =>
        Assert.Equal("\\ud83d\U0001F600\\ude00", ReadableText.Escape("\ud83d\U0001F600\ude00"));

    [Fact]
    public void Text_without_such_characters_is_the_same_object()
    {
        const string Text = "north-a: \"größer\" 日本 'C:\\x'";
        Assert.Same(Text, ReadableText.Escape(Text));
    }

    [Fact]
    public void Text_of_several_lines_keeps_its_lines() => Assert.Equal("a\n\tb\\u001b", ReadableText.EscapeLines("a\n\tb\u001b"));
}
