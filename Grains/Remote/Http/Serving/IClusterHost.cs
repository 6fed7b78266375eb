using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Protocol.Links;

namespace AllData.Remote.Http.Serving;

/// <summary>What this silo says of its cluster to the other clusters of the store.</summary>
internal interface IClusterHost
{
    /// <summary>Answers from what is known here: at once, unless the registry is to be asked first.</summary>
    /// <exception cref="InvalidValueException">The asking cluster is none of the federation document's.</exception>
    /// <exception cref="ClusterDroppedException">The asking cluster was dropped from the store.</exception>
    /// <exception cref="TimeoutException">The registry was to be asked, and did not answer in time.</exception>
    Task<ClusterReport> AnswerAsync(ClusterQuestion question);

    /// <summary>The newest certificates of the cluster's intervals, as this silo's peer has them, ascending by interval.</summary>
    /// <exception cref="IOException">The peer keeps no log, or cannot read it.</exception>
    Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question);
}
