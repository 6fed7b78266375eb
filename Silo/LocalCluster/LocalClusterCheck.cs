using System.Collections.Immutable;
using AllData.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace AllData.Silo.LocalCluster;

/// <summary>Checks whether a local cluster can start, once, before each peer would report the same.</summary>
internal static class LocalClusterCheck
{
    /// <summary>A sentence for each obstacle.</summary>
    public static IReadOnlyList<string> Complaints(LocalClusterLayout layout, ImmutableArray<string> settings)
    {
        try
        {
            SiloHost.ThrowIfUnusable(new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine([.. settings]).Build());
            Directory.CreateDirectory(layout.Data);
            return [];
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
}
