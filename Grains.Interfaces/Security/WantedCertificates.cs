namespace AllData.Security;

/// <summary>Which certificates are to be made.</summary>
/// <param name="Silos">Names of silos.</param>
/// <param name="Clients">Clients.</param>
/// <param name="Hosts">Names and addresses by which clients reach the silos over HTTPS.</param>
/// <param name="ClusterId">Orleans' cluster id: it is part of the silos' names.</param>
/// <param name="Lifetime">How long those of silos and clients are valid.</param>
internal sealed record WantedCertificates(
    IReadOnlyList<string> Silos, IReadOnlyList<WantedClient> Clients, IReadOnlyList<string> Hosts, string ClusterId, TimeSpan Lifetime);

/// <summary>A client that is to have a certificate.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Roles">What it may do, if the store does not know it yet.</param>
internal readonly record struct WantedClient(string Name, StoreRoles Roles);
