using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Federation;
using AllData.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace AllData.Silo.LocalCluster;

/// <summary>Checks whether a local cluster can start, and prepares what its peers share, once, before each peer would report the same.</summary>
internal static class LocalClusterCheck
{
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
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"--data is '{layout.Data}', which cannot be made: {e.Message.TrimEnd('.')}. Name a directory that this user may write to."];
        }
    }

    // The directories of one cluster's peers cannot be divided among several, nor the other way round.
    private static string? WhyOfOthers(LocalClusterLayout layout) =>
        layout.Clusters > 1 && File.Exists(layout.DatabaseFile)
            ? $"--data is '{layout.Data}', where a store of one cluster is. Start it without --clusters, or name another directory."
        : layout.Clusters == 1 && File.Exists(layout.FederationFile)
            ? $"--data is '{layout.Data}', where a store of several clusters is. Start it with --clusters {LocalClusterLayout.MaxClusters}, or name another "
                + "directory."
        : null;
}
