namespace AllData.Configuration;

/// <summary>
/// The part of this cluster in a store of several clusters. Both are given, or neither: then the cluster is a store of its own. A silo reads the document
/// once, when it starts.
/// </summary>
public sealed class FederationOptions
{
    /// <summary>The file with the federation document (<see cref="AllData.Federation.FederationDocument"/>). Default: empty, none.</summary>
    public string File { get; set; } = "";

    /// <summary>The name that the document has for this silo's cluster. Default: empty, none.</summary>
    public string Cluster { get; set; } = "";
}
