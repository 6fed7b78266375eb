using System.Net;
using System.Text;
using System.Text.Json;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Silo;

/// <summary>What a web page can make a browser do: none of it reaches the store.</summary>
public sealed class BrowserAttackTests : IAsyncLifetime
{
    private HttpSilo _silo = null!;

    public async Task InitializeAsync() =>
        _silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:AllowedOrigins"] = "https://console.example.org" });

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Theory]
    [InlineData("POST", "/", "text/plain")]
    [InlineData("POST", "/", "application/x-www-form-urlencoded")]
    [InlineData("POST", "/events", "text/plain")]
    [InlineData("PUT", "/events/20260102T030405006000150000", "application/json")]
    [InlineData("OPTIONS", "/", null)]
    public async Task A_page_of_another_site_writes_nothing(string method, string path, string? contentType)
    {
        var (status, problem) = await SendAsync(method, path, contentType, ("Origin", "https://evil.example"));

        Assert.Equal((HttpStatusCode.Forbidden, "urn:alldata:problem:cross-site"), (status, Type(problem)));
        Assert.Equal("nothing", problem.GetProperty("written").GetString());
        Assert.Empty(_silo.Store.Puts);
    }

    [Fact]
    public async Task A_page_that_gave_its_name_the_address_of_the_store_reads_nothing_and_writes_nothing()
    {
        var read = await SendAsync("GET", "/events", null, ("Host", "rebind.evil.example"));
        var written = await SendAsync("POST", "/", "text/plain", ("Host", "evil.example"), ("Origin", "http://evil.example"));

        Assert.Equal((HttpStatusCode.MisdirectedRequest, "urn:alldata:problem:unknown-host"), (read.Status, Type(read.Problem)));
        Assert.Equal((HttpStatusCode.MisdirectedRequest, "urn:alldata:problem:unknown-host"), (written.Status, Type(written.Problem)));
        Assert.Empty(_silo.Store.Puts);
    }

    [Fact]
    public async Task A_picture_or_link_in_a_page_of_another_site_reads_nothing() =>
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync("GET", "/events", null, ("Sec-Fetch-Site", "cross-site"))).Status);

    [Fact]
    public async Task A_site_that_is_allowed_may_ask_and_read_the_answer()
    {
        using var preflight = Request("OPTIONS", "/", null, ("Origin", "https://console.example.org"), ("Access-Control-Request-Method", "POST"));
        using var allowed = await _silo.Client.SendAsync(preflight);
        Assert.Equal("https://console.example.org", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));

        using var put = Request("POST", "/", "application/json", ("Origin", "https://console.example.org"), ("Sec-Fetch-Site", "cross-site"));
        using var stored = await _silo.Client.SendAsync(put);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        Assert.Equal("https://console.example.org", Assert.Single(stored.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task No_answer_is_taken_for_what_it_is_not_said_to_be()
    {
        using var stored = await _silo.Client.PostAsync("/", new StringContent("1"));
        using var refused = await _silo.Client.GetAsync("/nothing/here");

        Assert.All([stored, refused], response => Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options"))));
    }

    private static string? Type(JsonElement problem) => problem.GetProperty("type").GetString();

    private async Task<(HttpStatusCode Status, JsonElement Problem)> SendAsync(
        string method, string path, string? contentType, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, contentType, headers);
        using var response = await _silo.Client.SendAsync(request);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, document.RootElement.Clone());
    }

    private static HttpRequestMessage Request(string method, string path, string? contentType, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = contentType is null ? null : new StringContent("1", Encoding.UTF8, contentType);
        return request;
    }
}
