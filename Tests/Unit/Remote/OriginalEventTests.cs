using System.Text;
using AllData.Remote.Original;

namespace AllData.Tests.Unit.Remote;

/// <summary>What original nodes send to their peers.</summary>
public sealed class OriginalEventTests
{
    private const string Key = "20130927T005240652508858176";

    [Theory]
    [InlineData("""{"key":"20130927T005240652508858176","event":{ "a" : [1, "Grüße"] }}""", """{ "a" : [1, "Grüße"] }""")]
    [InlineData("""{"event":null,"more":{"event":1},"key":"20130927T005240652508858176"}""", "null")]
    [InlineData("""{"key":1,"event":1,"key":"20130927T005240652508858176","event":"2"} """, "\"2\"")]
    [InlineData("""{"\u006bey":"2013\u0030927T005240652508858176","event":-1.5e3}""", "-1.5e3")]
    public void The_event_is_taken_as_it_was_sent(string body, string payload)
    {
        Assert.True(OriginalEvent.TryRead(Encoding.UTF8.GetBytes(body), out var found, out _));
        Assert.Equal((Key, payload), (found.Key.ToString(), Encoding.UTF8.GetString(found.Payload.Span)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"key":"20130927T005240652508858176"}""")]
    [InlineData("""{"event":1}""")]
    [InlineData("""{"key":20130927,"event":1}""")]
    [InlineData("""{"key":"yesterday","event":1}""")]
    [InlineData("""{"key":"20131327T005240652508858176","event":1}""")]
    [InlineData("""{"key":"20130927T005240652508858176","event":}""")]
    [InlineData("""{"key":"20130927T005240652508858176","event":1}}""")]
    [InlineData("""{"key":"20130927T005240652508858176","event":1} x""")]
    [InlineData("""{"key":"20130927T005240652508858176","event":1""")]
    [InlineData("\uFEFF{\"key\":\"20130927T005240652508858176\",\"event\":1}")]
    public void What_is_no_event_of_an_original_node_is_refused(string body)
    {
        Assert.False(OriginalEvent.TryRead(Encoding.UTF8.GetBytes(body), out var found, out var fault));
        Assert.Null(found);
        Assert.NotEmpty(fault!);
    }

    [Fact]
    public void An_event_that_is_not_UTF_8_or_too_deep_is_refused()
    {
        byte[] notText = [.. Encoding.ASCII.GetBytes($"{{\"key\":\"{Key}\",\"event\":\""), 0xFF, .. "\"}"u8];
        Assert.False(OriginalEvent.TryRead(notText, out _, out _));
        Assert.True(OriginalEvent.TryRead(Deep(64), out _, out _));
        Assert.False(OriginalEvent.TryRead(Deep(65), out _, out _));
    }

    private static byte[] Deep(int levels) =>
        Encoding.UTF8.GetBytes($$"""{"key":"{{Key}}","event":{{new string('[', levels)}}{{new string(']', levels)}}}""");
}
