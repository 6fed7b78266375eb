using AllData.Errors;
using AllData.Protocol.Links;

namespace AllData.Remote.Http.Serving;

/// <summary>What this silo says of its cluster to the other clusters of the store.</summary>
internal interface IClusterHost
{
    /// <summary>Answers at once, from what is known here.</summary>
    /// <exception cref="InvalidValueException">The asking cluster is none of the federation document's.</exception>
    ClusterReport Answer(ClusterQuestion question);
}
