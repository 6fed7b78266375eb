using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>An entry of the certificate log.</summary>
/// <param name="Index">Its index, from 0.</param>
/// <param name="Text">The certificate, exactly as it was signed: the leaf is of these characters as UTF-8.</param>
[GenerateSerializer, Immutable, Alias("AllData.CertificateEntry")]
public sealed record CertificateEntry([property: Id(0)] long Index, [property: Id(1)] string Text);

/// <summary>Entries of the certificate log, and the head that they are under.</summary>
/// <param name="Entries">The entries, ascending by index.</param>
/// <param name="Head">A head whose size is greater than each index.</param>
[GenerateSerializer, Immutable, Alias("AllData.CertificateEntries")]
public sealed record CertificateEntries([property: Id(0)] ImmutableArray<CertificateEntry> Entries, [property: Id(1)] CertificateHead Head);
