using AllData.Federation;
using Microsoft.Extensions.Logging;

namespace AllData.Links;

internal sealed partial class ClusterWatch
{
    [LoggerMessage(LogLevel.Information, "Cluster {Cluster} answers: the link is up")]
    private partial void LogUp(FederationCluster cluster);

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster} has missed an answer: the link is doubtful ({Reason})")]
    private partial void LogDoubtful(FederationCluster cluster, string reason);

    [LoggerMessage(LogLevel.Warning, "Cluster {Cluster} does not answer: the link is cut off, puts go on without {Regions} ({Reason})")]
    private partial void LogCutOff(FederationCluster cluster, string regions, string reason);

    [LoggerMessage(LogLevel.Information, "Cluster {Cluster} answers again: the link heals, puts go there when it has answered for a while")]
    private partial void LogHealing(FederationCluster cluster);

    [LoggerMessage(LogLevel.Debug, "Cluster {Cluster} has not answered a question")]
    private partial void LogMissed(FederationCluster cluster, Exception failure);
}
