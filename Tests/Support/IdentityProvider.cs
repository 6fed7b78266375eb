using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AllData.Tests.Support;

/// <summary>An identity provider on a real Kestrel: it says its keys by OpenID Connect Discovery, and signs what a test asks for.</summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<RsaSecurityKey> _keys = [NewKey()];

    private IdentityProvider(WebApplication app) => _app = app;

    /// <summary>Its address, which is also its name in tokens.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>The key that it signs with.</summary>
    public SigningCredentials Signing => new(_keys[^1], SecurityAlgorithms.RsaSha256);

    /// <summary>Requests for its keys.</summary>
    public int Asked { get; private set; }

    /// <summary>Starts it.</summary>
    public static async Task<IdentityProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var provider = new IdentityProvider(app);
        app.MapGet("/.well-known/openid-configuration", () => new { issuer = provider.Authority, jwks_uri = $"{provider.Authority}/keys" });
        app.MapGet("/keys", provider.Keys);
        await app.StartAsync();
        provider.Authority = app.Urls.Single();
        return provider;
    }

    /// <summary>Signs with a new key from now on; its former ones stay good.</summary>
    public void AddKey() => _keys.Add(NewKey());

    /// <summary>A token.</summary>
    /// <param name="roles">The roles that it says.</param>
    /// <param name="change">What is different from a good one.</param>
    public string Issue(string[] roles, Action<SecurityTokenDescriptor>? change = null)
    {
        var token = new SecurityTokenDescriptor
        {
            Issuer = Authority,
            Audience = "alldata",
            Claims = new Dictionary<string, object> { ["sub"] = "token-app", ["roles"] = roles },
            NotBefore = DateTime.UtcNow.AddMinutes(-5),
            Expires = DateTime.UtcNow.AddMinutes(30),
            SigningCredentials = Signing,
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private object Keys()
    {
        Asked++;
        return new
        {
            keys = _keys.Select(static key => JsonWebKeyConverter.ConvertFromRSASecurityKey(key)).Select(static key => new
            {
                kty = key.Kty,
                use = "sig",
                kid = key.Kid,
                n = key.N,
                e = key.E,
            }),
        };
    }

    private static RsaSecurityKey NewKey() => new(RSA.Create(2_048)) { KeyId = Guid.NewGuid().ToString("N") };
}
