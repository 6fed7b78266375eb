namespace AllData.Certificates;

/// <summary>A storing peer whose signature counts.</summary>
/// <param name="Key">Its public key.</param>
/// <param name="Zone">Region and zone, <c>region/zone</c>.</param>
internal sealed record TrustedPeer(VerifierKey Key, string Zone);
