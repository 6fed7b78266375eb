using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Federation;
using AllData.Protocol.Links;

namespace AllData.Remote;

/// <summary>Asks another cluster of the store what it says of itself, at whichever of its silos answers.</summary>
internal interface IClusterCaller
{
    /// <summary>Asks once, and ends by itself.</summary>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="IOException">No silo of it could be reached.</exception>
    /// <exception cref="ClusterDroppedException">It says that this silo's cluster was dropped from the store.</exception>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    Task<ClusterReport> AskAsync(ClusterQuestion question, TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Asks once for the newest certificates of its intervals, ascending by interval, and ends by itself.</summary>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="IOException">No silo of it could be reached.</exception>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question, TimeSpan deadline, CancellationToken cancellationToken);
}

/// <summary>The ways to the other clusters of the store.</summary>
internal interface IClusterCallers
{
    /// <summary>The way to a cluster. Asks nothing yet.</summary>
    /// <exception cref="FormatException">Its addresses in the federation document cannot be used by this silo; the sentence says why.</exception>
    IClusterCaller Of(FederationCluster cluster);
}
