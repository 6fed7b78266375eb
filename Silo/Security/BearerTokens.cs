using System.Security.Claims;
using AllData.Configuration;
using AllData.Security;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AllData.Silo.Security;

/// <summary>What a bearer token says.</summary>
/// <param name="Caller">Its caller; null when it is refused.</param>
/// <param name="Reason">Why it is refused; null when it is taken.</param>
/// <param name="IsUnchecked">Whether the identity provider could not be asked for its keys.</param>
internal readonly record struct ReadToken(Principal? Caller, string? Reason, bool IsUnchecked = false);

/// <summary>
/// Reads bearer tokens (RFC 7519) that an identity provider has signed. Only its public keys count: a token signed with a shared secret, or not at all, is
/// refused, whatever it says.
/// </summary>
internal sealed class BearerTokens : IDisposable
{
    private const string Discovery = "/.well-known/openid-configuration";

    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 16 << 10 };
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = AnswerBound };
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _provider;
    private readonly TokenValidationParameters _wanted;
    private readonly JwtOptions _options;

    /// <summary>Takes tokens of the options' identity provider; asks it for its keys with the first token.</summary>
    public BearerTokens(IOptions<AllDataOptions> options)
    {
        _options = options.Value.Security.Jwt;
        _provider = !_options.IsUsed ? null : new ConfigurationManager<OpenIdConnectConfiguration>(
            _options.Authority.TrimEnd('/') + Discovery, new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(_http) { RequireHttps = _options.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase) });
        _wanted = new TokenValidationParameters
        {
            ConfigurationManager = _provider,
            ValidAudience = _options.Audience,
            ValidAlgorithms = Algorithms,
            ClockSkew = ClockSkew,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
        };
    }

    /// <summary>Whether tokens are taken, and a bearer's credential looks like one, and not like an API key of the store.</summary>
    public bool Takes(string credential) => _provider is not null && credential.AsSpan().Count('.') == 2;

    /// <summary>Checks a token and reads its caller.</summary>
    public async Task<ReadToken> ReadAsync(string token, CancellationToken cancellation)
    {
        try
        {
            await _provider!.GetConfigurationAsync(cancellation);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new ReadToken(null, $"The token cannot be checked now: {_options.Authority} does not give its keys. Try again.", IsUnchecked: true);
        }

        var read = await _handler.ValidateTokenAsync(token, _wanted);
        return read.IsValid ? CallerOf(read.ClaimsIdentity) : new ReadToken(null, $"The token is refused: {WhyOf(read.Exception)}.");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private ReadToken CallerOf(ClaimsIdentity claims)
    {
        var roles = claims.FindAll(_options.RoleClaim).Select(static claim => PrincipalsDocument.RoleOf(claim.Value)).Aggregate(
            StoreRoles.None, static (all, role) => all | role);
        return claims.FindFirst(_options.NameClaim)?.Value is { } name && PrincipalsDocument.IsName(name)
            ? new ReadToken(new Principal(name, roles, [], []), null)
            : new ReadToken(null, $"The token is refused: its claim '{_options.NameClaim}' is no name of 1 to 63 letters, digits, '-', '.' and '_'.");
    }

    // The library's own messages repeat what the token says.
    private static string WhyOf(Exception? failure) => failure switch
    {
        SecurityTokenExpiredException => "it has expired",
        SecurityTokenNotYetValidException => "it is not valid yet",
        SecurityTokenInvalidAudienceException => "it is for another audience",
        SecurityTokenInvalidIssuerException => "another identity provider issued it",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "no key of the identity provider signed it",
        SecurityTokenNoExpirationException => "it does not expire",
        _ => "it is no token of the identity provider",
    };
}
