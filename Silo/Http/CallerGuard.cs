using System.Security.Cryptography.X509Certificates;
using AllData.Configuration;
using AllData.Security;
using AllData.Silo.Security;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AllData.Silo.Http;

/// <summary>
/// Where the silo has certificates: takes a request only of a caller that has identified itself, by a certificate, an API key or a token, and has a role that
/// the route needs (<see cref="NeedsRole"/>). The TLS handshake has refused those that showed a certificate of another authority.
/// </summary>
internal sealed partial class CallerGuard(
    RequestDelegate next, IOptions<AllDataOptions> options, AuditLog audit, PrincipalQuotas quotas, BearerTokens tokens, TimeProvider time,
    ILogger<CallerGuard> logger)
{
    private const string KeyScheme = "Bearer ";

    private static readonly ProblemKind Unauthenticated = new(StatusCodes.Status401Unauthorized, "unauthenticated", "The caller has not identified itself");

    private static readonly ProblemKind Forbidden = new(StatusCodes.Status403Forbidden, "forbidden", "The caller may not do this");

    private static readonly ProblemKind Unchecked = new(
        StatusCodes.Status503ServiceUnavailable, "token-unchecked", "The caller's token cannot be checked now");

    private static readonly object UnknownCaller = new();

    private readonly Rotating<PrincipalsDocument>? _principals = options.Value.Security.IsSecure
        ? Principals.Load(options.Value.Security, time, reason => LogNotRenewed(logger, reason))
        : null;

    /// <summary>Whether the caller has not identified itself where it should have, if it were not for what it asks for.</summary>
    public static bool IsUnknown(HttpContext context) => context.Items.TryGetValue(UnknownCaller, out var unknown) && unknown is not null;

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context) =>
        _principals is null ? next(context)
        : KeyOf(context) is { } key && tokens.Takes(key) ? InvokeWithTokenAsync(context, key)
        : InvokeAsync(context, FindCaller(context), null);

    // The token has the roles; the file of principals may give its caller a quota.
    private async Task InvokeWithTokenAsync(HttpContext context, string token)
    {
        var read = await tokens.ReadAsync(token, context.RequestAborted);
        if (read.IsUnchecked)
        {
            context.Response.Headers.RetryAfter = "5";
            await ProblemResponses.RefuseAsync(context, Unchecked, read.Reason!);
            return;
        }

        await InvokeAsync(context, read.Caller is { } caller ? caller with { Quota = _principals!.Current.Find(caller.Name)?.Quota } : null, read.Reason);
    }

    private Task InvokeAsync(HttpContext context, Principal? caller, string? whyUnknown)
    {
        var needed = context.GetEndpoint()?.Metadata.GetMetadata<NeedsRole>()?.Roles;
        if (needed == StoreRoles.None)
        {
            context.Items[UnknownCaller] = caller is null ? UnknownCaller : null;
            return next(context);
        }

        if (caller is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return RefuseAsync(context, Unauthenticated, caller: null, whyUnknown ?? WhyUnknown(context));
        }

        // What no route takes is answered as always.
        if (context.GetEndpoint() is null || (needed is { } roles && (caller.Roles & roles) != 0))
        {
            HttpCaller.Set(context, caller);
            if (quotas.Of(caller) is { } meter)
            {
                context.Features.Set(new CallerQuota(caller.Name, meter));
            }

            return next(context);
        }

        LogForbidden(caller.Name, context.Request.Method, context.Request.Path);
        return RefuseAsync(
            context, Forbidden, caller.Name,
            $"'{caller.Name}' is no {string.Join(" or ", PrincipalsDocument.Names(needed ?? StoreRoles.None))} of this store.");
    }

    private Principal? FindCaller(HttpContext context) =>
        KeyOf(context) is { } key ? _principals!.Current.FindByKey(key)
        : context.Connection.ClientCertificate is { } shown ? _principals!.Current.Find(shown)
        : null;

    private static string? KeyOf(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is var text && text.StartsWith(KeyScheme, StringComparison.OrdinalIgnoreCase)
            ? text[KeyScheme.Length..].Trim()
            : null;

    private static string WhyUnknown(HttpContext context) =>
        KeyOf(context) is not null ? $"The key in {HeaderNames.Authorization} is none of this store."
        : context.Connection.ClientCertificate is { } shown
            ? $"'{shown.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}', as its certificate calls the caller, may not use this store."
        : $"Show a certificate of an authority that {SecurityOptions.Section}:ClientCaFile names, or a key ({HeaderNames.Authorization}: Bearer KEY).";

    private Task RefuseAsync(HttpContext context, ProblemKind kind, string? caller, string detail)
    {
        audit.Write(new AuditEntry(
            $"{context.Request.Method} {context.Request.Path}", AuditEntry.Refused, caller, context.Connection.RemoteIpAddress?.ToString(), Reason: detail));
        return ProblemResponses.RefuseAsync(context, kind, detail);
    }

    [LoggerMessage(LogLevel.Warning, "{Caller} may not {Method} {Path}")]
    private partial void LogForbidden(string caller, string method, PathString path);

    [LoggerMessage(LogLevel.Error, "Those that may use the store stay as they were: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string reason);
}
