namespace AllData.Configuration;

/// <summary>
/// Which bearer tokens (JWT, RFC 7519) the HTTP port takes, beside certificates and API keys. Configuration section <c>AllData:Security:Jwt</c>.
/// </summary>
public sealed class JwtOptions
{
    /// <summary>The section.</summary>
    public const string Section = $"{SecurityOptions.Section}:Jwt";

    /// <summary>
    /// The identity provider that signs the tokens, <c>https://…</c> (<c>http://</c> on a loopback address only): its keys are read by OpenID Connect
    /// Discovery 1.0, and again when it signs with a new one. Default: none; no tokens are taken.
    /// </summary>
    public string Authority { get; set; } = "";

    /// <summary>What tokens for this store have as audience (<c>aud</c>). Needed with <see cref="Authority"/>.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The claim that names the caller. Default: <c>sub</c>.</summary>
    public string NameClaim { get; set; } = "sub";

    /// <summary>
    /// The claim that has the caller's roles, of <c>reader</c>, <c>writer</c> and <c>operator</c>; others in it are ignored. Default: <c>roles</c>.
    /// </summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>Whether tokens are taken.</summary>
    internal bool IsUsed => Authority.Length > 0;

    /// <summary>Why they cannot be used, a sentence; null when they can.</summary>
    internal string? Complaint =>
        Authority.Length == 0 ? Audience.Length == 0 ? null : $"{Section}:Audience is set without :Authority, which says where tokens come from."
        : !Uri.TryCreate(Authority, UriKind.Absolute, out var uri) || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? $"{Section}:Authority is '{ReadableText.Escape(Authority)}'; https://HOST[/PATH] is possible, and http:// on a loopback address."
        : Audience.Length == 0 ? $"{Section}:Audience is not set: tokens of {Authority} for other services would be taken here."
        : NameClaim.Length == 0 || RoleClaim.Length == 0 ? $"{Section}:NameClaim and :RoleClaim each name a claim."
        : null;
}
