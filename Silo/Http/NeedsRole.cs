using AllData.Security;

namespace AllData.Silo.Http;

/// <summary>What a caller of a route needs. A route without it is refused where callers must identify themselves.</summary>
/// <param name="Roles">One of these; <see cref="StoreRoles.None"/>: callers need not identify themselves.</param>
internal sealed record NeedsRole(StoreRoles Roles);
