using AllData.Federation;
using AllData.Peers;

namespace AllData.Configuration;

/// <summary>The cluster that a silo belongs to, in the store's federation document.</summary>
/// <param name="Document">The document.</param>
/// <param name="Own">The cluster.</param>
internal sealed record FederatedCluster(FederationDocument Document, FederationCluster Own)
{
    /// <summary>Tells the document from another one of its version.</summary>
    public string Digest { get; } = Document.Digest;

    /// <summary>Whether another cluster gives an ordinal.</summary>
    public bool IsOthers(int ordinal) => Document.ClusterOf(ordinal) is { } giver && giver.Number != Own.Number;

    /// <summary>Why this cluster does not give an ordinal: a sentence that names both sides; null when it does.</summary>
    public string? WhyNotGivenHere(int ordinal) => Document.ClusterOf(ordinal) switch
    {
        null => $"Version {Document.Version} of the federation document has it in no range; cluster {Own} has {DescribeRanges()}. Add a range with it to "
            + "the cluster that has given it.",
        { } giver when giver.Number != Own.Number =>
            $"Version {Document.Version} of the federation document gives it to cluster {giver}, and this is cluster {Own}, which has {DescribeRanges()}. "
            + "Start the silo in its own cluster, or give each cluster all the ordinals that it has ever given.",
        _ => null,
    };

    /// <summary>Why an id is not of this store; null when it is.</summary>
    public string? WhyForeign(Guid id) => Document.Accepts(id) ? null
        : $"Version {Document.Version} of the federation document is of store {Document.Store}, and {id} is not among its aliases. Name it there if that "
            + "cluster joins the store; otherwise give the silo the document of its own store, or leave AllData:Federation out.";

    /// <summary>What can be done with what only the peers of a dropped region hold.</summary>
    public const string WhatIsLeft =
        "What only its peers hold is still in their data directories: cut off from the rest and with the document that they have, 'alldata scan --scope "
        + "cluster' reads it, and 'alldata put --file FILE --keyed' with a gateway of a cluster that stays puts it again.";

    /// <summary>Why nothing of a region of the own cluster is taken any more, and what can be done; null where it was not dropped.</summary>
    public string? WhyDropped(string region) => Own.FindDropped(region) is { } dropped ? $"{DescribeDropped(dropped)} {WhatIsLeft}" : null;

    /// <summary>What is said to a silo of a region that was dropped: that it is not believed.</summary>
    public string DescribeDropped(DroppedRegion dropped) =>
        $"Version {Document.Version} of the federation document, which the store uses, has dropped it, so nothing of it is taken over. {dropped.Describe()}";

    /// <summary>The ranges of the own cluster.</summary>
    public string DescribeRanges() => string.Join(", ", Own.Ordinals);

    /// <summary>What is said when they are used up.</summary>
    /// <param name="peer">The peer that gets none.</param>
    /// <param name="highest">The highest ordinal that was given.</param>
    public string DescribeUsedUp(PeerId peer, int highest) =>
        $"The ordinals of cluster {Own} ({DescribeRanges()}) are used up, the highest that was given is {highest}, so peer '{peer}' cannot get one. Give the "
        + $"cluster a further range above {highest} that no cluster has, raise the version of the federation document above {Document.Version}, and start the "
        + "silos of every cluster with it.";
}
