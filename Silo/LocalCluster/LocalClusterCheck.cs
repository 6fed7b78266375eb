using System.Collections.Immutable;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Federation;
using AllData.Security;
using AllData.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace AllData.Silo.LocalCluster;

/// <summary>Checks whether a local cluster can start, and prepares what its peers share, once, before each peer would report the same.</summary>
internal static class LocalClusterCheck
{
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(365);

    /// <summary>A sentence for each obstacle.</summary>
    public static IReadOnlyList<string> Complaints(LocalClusterLayout layout, ImmutableArray<string> settings)
    {
        try
        {
            var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. settings]).Build();
            SiloHost.ThrowIfUnusable(configuration);
            Directory.CreateDirectory(layout.Data);
            if (WhyOfOthers(layout) is { } otherStore)
            {
                return [otherStore];
            }

            if (layout.IsSecure)
            {
                layout.Certificates.Make(CertificatesOf(layout));
            }

            if (layout.Clusters > 1)
            {
                LocalFederation.Prepare(
                    layout, configuration.GetValue("AllData:IntervalLength", new AllDataOptions().IntervalLength), Guid.NewGuid());
            }

            return [];
        }
        catch (FederationException e)
        {
            return e.Faults;
        }
        catch (FormatException e) when (layout.IsSecure)
        {
            return [e.Message];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"--data is '{layout.Data}', which cannot be made: {e.Message.TrimEnd('.')}. Name a directory that this user may write to."];
        }
    }

    private static WantedCertificates CertificatesOf(LocalClusterLayout layout) => new(
        [.. layout.Peers.Select(static peer => peer.Id.Value)],
        [new WantedClient(LocalClusterLayout.Admin, StoreRoles.Reader | StoreRoles.Writer | StoreRoles.Operator)], ["localhost", "127.0.0.1"],
        new AllDataClusterOptions().ClusterId, CertificateLifetime);

    // The directories of one cluster's peers cannot be divided among several, nor the other way round.
    private static string? WhyOfOthers(LocalClusterLayout layout) =>
        layout.Clusters > 1 && File.Exists(layout.DatabaseFile)
            ? $"--data is '{layout.Data}', where a store of one cluster is. Start it without --clusters, or name another directory."
        : layout.Clusters == 1 && File.Exists(layout.FederationFile)
            ? $"--data is '{layout.Data}', where a store of several clusters is. Start it with --clusters {LocalClusterLayout.MaxClusters}, or name another "
                + "directory."
        : null;
}
