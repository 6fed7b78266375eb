using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Remote;
using AllData.Reports;
using Microsoft.Extensions.Logging;

namespace AllData.Links;

/// <summary>Asks the other clusters which peers they have, each after it has asked its own registry.</summary>
internal sealed partial class ClusterConfirmation(
    ConfiguredFederation federation, ClusterLinks links, SnapshotIntake intake, IClusterCallers callers, ILogger<ClusterConfirmation> logger)
    : IClusterConfirmation
{
    // The silo that answers waits for its registry, less long than this.
    private static readonly TimeSpan Patience = ServedCluster.RegistryPatience + TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<ImmutableArray<FederationCluster>> FindUnconfirmedAsync()
    {
        var areConfirmed = await Task.WhenAll(links.All.Select(TryConfirmAsync));
        return [.. links.All.Where((_, i) => !areConfirmed[i]).Select(static link => link.Cluster)];
    }

    private async Task<bool> TryConfirmAsync(ClusterLink link)
    {
        if (link.State == LinkState.CutOff)
        {
            return false;
        }

        try
        {
            var question = link.AskFrom(federation.Own!) with { IsConfirmed = true };
            intake.Take(link, await callers.Of(link.Cluster).AskAsync(question, Patience, CancellationToken.None));
            return link.Refusal is null;
        }
        catch (ClusterDroppedException e)
        {
            intake.Drop(link, e);
            return false;
        }
        catch (Exception e)
        {
            LogUnconfirmed(link.Cluster, e);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Debug, "Cluster {Cluster} does not confirm which peers it has; a read goes on, in doubt, with those that are known")]
    private partial void LogUnconfirmed(FederationCluster cluster, Exception failure);
}
