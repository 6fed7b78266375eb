namespace AllData.Protocol.Links;

/// <summary>What a silo asks another cluster: all the time, and when a read begins.</summary>
/// <param name="Cluster">The number of its own cluster in the federation document, 0 to 15.</param>
/// <param name="DocumentVersion">The version of the document that its cluster uses.</param>
/// <param name="KnownVersion">The newest topology of the asked cluster that it knows; 0 when it knows none.</param>
/// <param name="IsConfirmed">Whether the silo that answers asks its registry first: then no peer that had joined by now is left out.</param>
internal readonly record struct ClusterQuestion(int Cluster, int DocumentVersion, long KnownVersion, bool IsConfirmed = false)
{
    /// <summary>Tells that document from others of its version; empty from a silo of an earlier version, which expects no more than it in an answer.</summary>
    public string DocumentDigest { get; init; } = "";
}
