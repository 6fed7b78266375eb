namespace AllData.Tests.Unit.Contracts;

public sealed class FailureTextTests
{
    [Theory]
    [InlineData("It failed.", "It failed.")]
    [InlineData("Exception while sending message: X: no connection\n   at X.Y()\n   at Z.W()", "Exception while sending message: X: no connection")]
    [InlineData("It failed.\r\nMore.", "It failed.")]
    [InlineData("It failed.   at X.Y() in /src/X.cs:line 3", "It failed.")]
    [InlineData("Look at the log (peer.log).", "Look at the log (peer.log).")]
    [InlineData("bell \u0007", "bell \\u0007")]
    public void A_failure_is_one_line_without_a_stack_trace(string message, string sentence) =>
        Assert.Equal(sentence, FailureText.SentenceOf(new InvalidOperationException(message)));

    [Fact]
    public void A_failure_without_words_is_named() => Assert.Equal("TimeoutException", FailureText.SentenceOf(new TimeoutException("")));

    [Fact]
    public void A_long_message_is_cut() => Assert.Equal(301, FailureText.SentenceOf(new TimeoutException(new string('x', 5_000))).Length);
}
