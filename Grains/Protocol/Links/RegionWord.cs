namespace AllData.Protocol.Links;

/// <summary>A cluster's word that a region of some cluster was dropped, by the document that it uses or by what it has heard. It is never taken back.</summary>
/// <param name="Cluster">The number of the cluster that covered the region.</param>
/// <param name="Region">The region.</param>
/// <param name="DocumentVersion">A version of the federation document that says so.</param>
internal readonly record struct RegionWord(int Cluster, string Region, int DocumentVersion);
