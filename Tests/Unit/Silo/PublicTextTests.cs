using AllData.Silo.Http;

namespace AllData.Tests.Unit.Silo;

public sealed class PublicTextTests
{
    [Theory]
    [InlineData("The file /var/lib/alldata/intervals/20260102T000000.db is damaged.", "The file …/20260102T000000.db is damaged.")]
    [InlineData("'/a/b/c' is away", "'…/c' is away")]
    [InlineData("Put it under PUT /events/20260102T030405006000100042.", "Put it under PUT /events/20260102T030405006000100042.")]
    [InlineData("See http://127.0.0.1:8081/health/ready/now", "See http://127.0.0.1:8081/health/ready/now")]
    [InlineData("application/x-ndjson, text/plain", "application/x-ndjson, text/plain")]
    [InlineData("a\u001b[2J", "a\\u001b[2J")]
    public void Directories_of_the_machine_and_control_characters_do_not_leave_it(string text, string shown) => Assert.Equal(shown, PublicText.Of(text));
}
