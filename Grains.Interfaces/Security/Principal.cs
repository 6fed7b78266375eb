using System.Collections.Immutable;

namespace AllData.Security;

/// <summary>An application or a person that may use the store.</summary>
/// <param name="Name">Its name: the common name of its certificate, and what logs call it.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Thumbprints">
/// SHA-256 thumbprints of its certificates, upper case; empty: each certificate of a trusted authority with its name as common name is its own.
/// </param>
/// <param name="KeyHashes">SHA-256 hashes of its API keys, upper case; a request over HTTP may show such a key instead of a certificate.</param>
internal sealed record Principal(string Name, StoreRoles Roles, ImmutableArray<string> Thumbprints, ImmutableArray<string> KeyHashes)
{
    /// <summary>What it may put through one silo, or null where there is no bound.</summary>
    public PrincipalQuota? Quota { get; init; }
}
