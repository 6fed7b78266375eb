namespace AllData.Security;

/// <summary>What <see cref="CertificateDirectory.Make"/> has made.</summary>
/// <param name="Certificates">The names of the certificates.</param>
/// <param name="Principals">Clients that were added to the file of those that may use the store.</param>
/// <param name="OfOtherRoles">Clients that the file has with other roles than were asked for: it stays as it is.</param>
/// <param name="OfOtherHosts">Silos whose certificates were there already and do not name all hosts that were asked for: they stay as they are.</param>
internal sealed record MadeCertificates(
    IReadOnlyList<string> Certificates, IReadOnlyList<string> Principals, IReadOnlyList<string> OfOtherRoles, IReadOnlyList<string> OfOtherHosts);
