using AllData.Security;

namespace AllData.Silo.Http;

/// <summary>The principal of a request.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsOperator">Whether it has the role operator.</param>
internal sealed record HttpCaller(string Name, bool IsOperator)
{
    /// <summary>Remembers the principal of a request.</summary>
    public static void Set(HttpContext context, Principal principal) =>
        context.Features.Set(new HttpCaller(principal.Name, principal.Roles.HasFlag(StoreRoles.Operator)));

    /// <summary>By what the caller of a request is counted: its name, or its address where callers have no names.</summary>
    public static HttpCaller Of(HttpContext context) =>
        context.Features.Get<HttpCaller>() ?? new HttpCaller($"{context.Connection.RemoteIpAddress}", IsOperator: false);
}
