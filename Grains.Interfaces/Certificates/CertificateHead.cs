using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Certificates;

/// <summary>A head of the certificate log.</summary>
/// <param name="Store">The store.</param>
/// <param name="Cluster">The cluster whose log it is.</param>
/// <param name="Size">How many certificates the log has; 0 before the first.</param>
/// <param name="Note">The checkpoint with its signatures, a C2SP signed note; empty before the first certificate.</param>
/// <param name="Keys">The public keys of the cluster's data directories, as the registry knows them, ascending by ordinal.</param>
/// <param name="MinZones">Zones that the signers of a valid head must lie in, at least.</param>
[GenerateSerializer, Immutable, Alias("AllData.CertificateHead")]
public sealed record CertificateHead(
    [property: Id(0)] Guid Store, [property: Id(1)] Guid Cluster, [property: Id(2)] long Size, [property: Id(3)] string Note,
    [property: Id(4)] ImmutableArray<CertificateKey> Keys, [property: Id(5)] int MinZones);

/// <summary>The public key of a data directory, which signs for its peer.</summary>
/// <param name="Ordinal">The directory's ordinal.</param>
/// <param name="Peer">The peer.</param>
/// <param name="Location">Region and zone of the peer, where it is registered.</param>
/// <param name="PublicKey">ECDSA P-256, base64 of the SubjectPublicKeyInfo (RFC 5280, RFC 5480).</param>
/// <param name="IsStoring">Whether it is the present directory of a registered peer that stores: more than half of these make a head valid.</param>
[GenerateSerializer, Immutable, Alias("AllData.CertificateKey")]
public sealed record CertificateKey(
    [property: Id(0)] int Ordinal, [property: Id(1)] PeerId Peer, [property: Id(2)] PeerLocation Location, [property: Id(3)] string PublicKey,
    [property: Id(4)] bool IsStoring);
