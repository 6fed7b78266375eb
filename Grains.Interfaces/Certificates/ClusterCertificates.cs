using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>What one cluster of the store has certified: each seals what its own peers hold.</summary>
/// <param name="Cluster">Its name in the federation document; empty where the cluster is a store of its own.</param>
/// <param name="Sealed">The newest certificate of each of its sealed intervals that were asked for, ascending by interval.</param>
/// <param name="Failure">Why it has not answered, in a sentence; null: it has.</param>
[GenerateSerializer, Immutable, Alias("AllData.ClusterCertificates")]
public sealed record ClusterCertificates(
    [property: Id(0)] string Cluster, [property: Id(1)] ImmutableArray<CertifiedInterval> Sealed, [property: Id(2)] string? Failure = null);
