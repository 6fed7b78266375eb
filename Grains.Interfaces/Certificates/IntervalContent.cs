namespace AllData.Certificates;

/// <summary>What a certificate says of the events of an interval: a function of their set alone.</summary>
/// <param name="Events">Distinct events: leaves of the tree.</param>
/// <param name="Conflicts">Keys under which there is more than one event.</param>
/// <param name="Root">The root of the tree.</param>
[GenerateSerializer, Immutable, Alias("AllData.IntervalContent")]
public sealed record IntervalContent([property: Id(0)] long Events, [property: Id(1)] long Conflicts, [property: Id(2)] TreeHash Root);
