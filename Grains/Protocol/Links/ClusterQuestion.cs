namespace AllData.Protocol.Links;

/// <summary>What a silo asks another cluster all the time.</summary>
/// <param name="Cluster">The number of its own cluster in the federation document, 0 to 15.</param>
/// <param name="DocumentVersion">The version of the document that its cluster uses.</param>
/// <param name="KnownVersion">The newest topology of the asked cluster that it knows; 0 when it knows none.</param>
internal readonly record struct ClusterQuestion(int Cluster, int DocumentVersion, long KnownVersion);
