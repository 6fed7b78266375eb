using System.Text;
using AllData.Events;

namespace AllData.Tests.Unit.Client;

public sealed class JsonCheckTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData(" {\"a\": [1, 2.5e3, null, true, \"ü\\u00fc\"]} ")]
    [InlineData("\"text\"")]
    [InlineData("0")]
    public void One_json_value_is_accepted(string text) => Assert.Null(JsonCheck.FindFault(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":1} // why")]
    [InlineData("{'a':1}")]
    [InlineData("nonsense")]
    [InlineData("01")]
    public void What_is_not_one_json_value_is_refused(string text) =>
        Assert.StartsWith("It is not JSON", JsonCheck.FindFault(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"a\":x}", "It is not JSON (byte 6): ")]
    [InlineData("{\n\"a\":x}", "It is not JSON (line 2, byte 5): ")]
    public void The_place_is_counted_from_one(string text, string expected)
    {
        var fault = JsonCheck.FindFault(Encoding.UTF8.GetBytes(text));
        Assert.StartsWith(expected, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_UTF8_inside_a_string_is_refused() =>
        Assert.Equal("It is not valid UTF-8 (byte 2).", JsonCheck.FindFault([(byte)'"', 0xFF, (byte)'"']));

    [Fact]
    public void Nesting_is_accepted_to_its_limit_and_not_beyond()
    {
        Assert.Null(JsonCheck.FindFault(Nested(JsonCheck.MaxDepth)));
        Assert.Equal("It is nested more than 64 deep (byte 65). Flatten it.", JsonCheck.FindFault(Nested(JsonCheck.MaxDepth + 1)));
    }

    [Fact]
    public void Nothing_at_all_and_a_byte_order_mark_are_told_as_such()
    {
        Assert.StartsWith("It is empty.", JsonCheck.FindFault([]), StringComparison.Ordinal);
        Assert.StartsWith("It begins with a byte order mark", JsonCheck.FindFault([0xEF, 0xBB, 0xBF, (byte)'1']), StringComparison.Ordinal);
    }

    private static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
}
