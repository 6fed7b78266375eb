using AllData.Silo.Browsers;
using Microsoft.AspNetCore.Http;

namespace AllData.Tests.Unit.Silo;

public sealed class SiteRulesTests
{
    private static readonly SiteRules Rules = new(["localhost", "127.0.0.1", "[::1]", "store.example.org"], ["https://console.example.org"]);

    [Theory]
    [InlineData("localhost:8081", true)]
    [InlineData("LocalHost", true)]
    [InlineData("127.0.0.1:9", true)]
    [InlineData("[::1]:8081", true)]
    [InlineData("store.example.org", true)]
    [InlineData("", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example:8081", false)]
    [InlineData("evil.example:localhost", false)]
    [InlineData("127.0.0.2", false)]
    [InlineData("*", false)]
    public void The_store_is_asked_by_its_own_names_only(string host, bool isOwn) => Assert.Equal(isOwn, Rules.IsOwn(new HostString(host)));

    [Fact]
    public void A_star_is_any_name() => Assert.True(new SiteRules(["*"], []).IsOwn(new HostString("evil.example")));

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "none", true)]
    [InlineData(null, "same-origin", true)]
    [InlineData(null, "same-site", false)]
    [InlineData(null, "cross-site", false)]
    [InlineData("http://localhost:8081", "same-origin", true)]
    [InlineData("https://console.example.org", "cross-site", true)]
    [InlineData("http://localhost:9000", "same-site", false)]
    [InlineData("https://localhost:8081", null, false)]
    [InlineData("https://console.example.org.evil.example", null, false)]
    [InlineData("null", null, false)]
    [InlineData("", null, false)]
    public void Pages_of_other_sites_may_not_ask(string? origin, string? fetchSite, bool isAllowed) =>
        Assert.Equal(isAllowed, Rules.MayAsk("http", new HostString("localhost:8081"), origin, fetchSite));

    [Theory]
    [InlineData("https://console.example.org", null)]
    [InlineData("http://localhost:3000", null)]
    [InlineData("https://console.example.org/", "is not a site")]
    [InlineData("console.example.org", "is not a site")]
    [InlineData("*", "is not a site")]
    [InlineData("file://x", "is not a site")]
    public void A_site_is_scheme_and_name(string text, string? fault) => Assert.Contains(fault ?? "", SiteRules.FaultOfOrigin(text) ?? "");

    [Theory]
    [InlineData("store.example.org", true)]
    [InlineData("10.0.0.5", true)]
    [InlineData("[::1]", true)]
    [InlineData("*", true)]
    [InlineData("http://store", false)]
    [InlineData("store:8081", false)]
    [InlineData("", false)]
    public void A_host_is_a_name_or_address_without_port(string text, bool isValid) => Assert.Equal(isValid, SiteRules.FaultOfHost(text) is null);
}
