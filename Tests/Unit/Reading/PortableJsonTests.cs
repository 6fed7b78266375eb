using System.Text;
using AllData.Reading;

namespace AllData.Tests.Unit.Reading;

public sealed class PortableJsonTests
{
    [Theory]
    [InlineData("""{"a":1}""", true)]
    [InlineData("""{"a":"\u00e4\ud83d\ude00\n"}""", true)]
    [InlineData("""{"a":"\\ud800"}""", true)]
    [InlineData("""{"a":"\\\ud800"}""", false)]
    [InlineData("""{"a":"\ud800"}""", false)]
    [InlineData("""{"a":"\uDFFF"}""", false)]
    [InlineData("""{"a":"\ud800\ud800\udc00"}""", false)]
    [InlineData("""{"a":"\ud800x\udc00"}""", false)]
    [InlineData("""{"\ud800":1}""", false)]
    [InlineData("not json", false)]
    [InlineData("", false)]
    public void Json_that_some_readers_refuse_is_told_from_the_rest(string payload, bool isPortable) =>
        Assert.Equal(isPortable, PortableJson.IsPortable(Encoding.UTF8.GetBytes(payload)));
}
