using AllData.Intervals;

namespace AllData.Certificates;

/// <summary>The newest certificate of an interval, in short.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Version">The version of the certificate, from 1: one more for each supplement.</param>
/// <param name="State">What it promises.</param>
/// <param name="Events">Distinct events.</param>
/// <param name="Conflicts">Keys with several events.</param>
/// <param name="Root">The root of the interval's tree.</param>
/// <param name="Index">The index of the certificate in the log.</param>
[GenerateSerializer, Immutable, Alias("AllData.CertifiedInterval")]
public sealed record CertifiedInterval(
    [property: Id(0)] Interval Interval, [property: Id(1)] int Version, [property: Id(2)] CertificateState State, [property: Id(3)] long Events,
    [property: Id(4)] long Conflicts, [property: Id(5)] TreeHash Root, [property: Id(6)] long Index);
