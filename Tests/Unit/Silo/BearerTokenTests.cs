using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using AllData.Configuration;
using AllData.Security;
using AllData.Silo.Security;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace AllData.Tests.Unit.Silo;

/// <summary>Tokens of a real identity provider: which are taken over HTTPS, and what they allow.</summary>
public sealed class BearerTokenTests : IAsyncLifetime
{
    private readonly TestCertificates _silos = new("silos");
    private readonly TestCertificates _clients = new("clients");
    private readonly TemporaryDirectory _directory = new();
    private IdentityProvider _provider = null!;
    private HttpSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _provider = await IdentityProvider.StartAsync();
        var principals = Path.Combine(_directory.Path, "principals.json");
        await File.WriteAllBytesAsync(principals, new PrincipalsDocument(
            [new Principal("with-quota", StoreRoles.None, [], []) { Quota = new PrincipalQuota(BytesPerDay: 1) }]).Write());
        _silo = await HttpSilo.StartAsync(new Dictionary<string, string?>(
            SecureSettings.Of(_silos, _clients, principals, Path.Combine(_directory.Path, "audit.ndjson")))
        {
            ["Security:Jwt:Authority"] = _provider.Authority,
            ["Security:Jwt:Audience"] = "alldata",
        });
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _provider.DisposeAsync();
        _silos.Dispose();
        _clients.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_token_allows_what_its_roles_say_and_roles_of_other_services_say_nothing()
    {
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(_provider.Issue(["writer", "billing-admin"]))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(_provider.Issue(["reader"]))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(_provider.Issue([]))).Status);
    }

    [Fact]
    public async Task What_no_key_of_the_provider_has_signed_for_this_store_now_is_refused()
    {
        string[] writer = ["writer"];
        await RefusedAsync("has expired", _provider.Issue(writer, static t => t.Expires = DateTime.UtcNow.AddMinutes(-2)));
        await RefusedAsync("not valid yet", _provider.Issue(writer, static t => t.NotBefore = DateTime.UtcNow.AddMinutes(10)));
        await RefusedAsync("does not expire", _provider.Issue(writer, static t => t.Expires = null));
        await RefusedAsync("another audience", _provider.Issue(writer, static t => t.Audience = "billing"));
        await RefusedAsync("another identity provider", _provider.Issue(writer, static t => t.Issuer = "https://elsewhere.example"));
        await RefusedAsync("no key of the identity provider", _provider.Issue(writer, static t => t.SigningCredentials = Unknown(RSA.Create(2_048))));
        await RefusedAsync("is refused", _provider.Issue(writer, static t => t.SigningCredentials = null));
        await RefusedAsync("is refused", _provider.Issue(writer, t => t.SigningCredentials = Shared(_provider.Signing)));
        await RefusedAsync("is no name", _provider.Issue(writer, static t => t.Claims["sub"] = "a b"));
        await RefusedAsync("is refused", "a.b.c");
        Assert.Empty(_silo.Store.Puts);
    }

    [Fact]
    public async Task A_new_key_of_the_provider_is_found_without_a_restart()
    {
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(_provider.Issue(["writer"]))).Status);
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(_provider.Issue(["writer"]))).Status);
        Assert.Equal(1, _provider.Asked);

        _provider.AddKey();

        await Eventually.IsAsync(
            "the new key is known", async () => (await PutAsync(_provider.Issue(["writer"]))).Status, static status => status == HttpStatusCode.Created);
    }

    [Fact]
    public async Task While_the_provider_is_away_a_token_is_neither_taken_nor_called_wrong()
    {
        await _provider.DisposeAsync();

        var (status, body, _) = await PutAsync(_provider.Issue(["writer"]));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"written\":\"nothing\"", body, StringComparison.Ordinal);
        Assert.Contains("token-unchecked", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_of_the_token_s_caller_counts_for_it_as_for_others()
    {
        var token = _provider.Issue(["writer"], static t => t.Claims["sub"] = "with-quota");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(token)).Status);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await PutAsync(token)).Status);
    }

    [Theory]
    [InlineData("http://10.0.0.1", "alldata", "https://HOST")]
    [InlineData("issuer", "alldata", "https://HOST")]
    [InlineData("https://issuer.example", "", "Audience is not set")]
    [InlineData("", "alldata", "without :Authority")]
    public void Half_of_a_configuration_is_refused(string authority, string audience, string sentence)
    {
        var options = new JwtOptions { Authority = authority, Audience = audience };

        Assert.Contains(sentence, options.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_provider_nothing_is_taken_for_a_token()
    {
        using var tokens = new BearerTokens(Options.Create(new AllDataOptions()));

        Assert.False(tokens.Takes("a.b.c"));
    }

    private static SigningCredentials Unknown(RSA key) => new(new RsaSecurityKey(key) { KeyId = "unknown" }, SecurityAlgorithms.RsaSha256);

    // The attack on libraries that let the token choose: the public key, which all know, as a shared secret (RFC 8725, section 2.1).
    private static SigningCredentials Shared(SigningCredentials of) => new(
        new SymmetricSecurityKey(((RsaSecurityKey)of.Key).Rsa.ExportSubjectPublicKeyInfo()) { KeyId = of.Key.KeyId }, SecurityAlgorithms.HmacSha256);

    private async Task RefusedAsync(string sentence, string token)
    {
        var (status, body, challenge) = await PutAsync(token);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("Bearer", challenge);
        Assert.Contains(sentence, body, StringComparison.Ordinal);
        Assert.DoesNotContain(token, body, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Body, string Challenge)> PutAsync(string token)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null;
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        using var request = new HttpRequestMessage(HttpMethod.Post, _silo.Address) { Content = new StringContent("{}") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.WwwAuthenticate.ToString());
    }
}
