using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace AllData.Silo.Commands;

/// <summary>Says in words where a setting was set.</summary>
internal static class SettingOrigin
{
    /// <summary>The strongest place that sets it; null if none does.</summary>
    public static string? Of(IConfiguration configuration, string path)
    {
        // The last provider that has a value wins, as when it is read.
        foreach (var provider in ((IConfigurationRoot)configuration).Providers.Reverse())
        {
            if (provider.TryGet(path, out _))
            {
                return NameOf(provider, path);
            }
        }

        return null;
    }

    private static string NameOf(IConfigurationProvider provider, string path) => provider switch
    {
        CommandLineConfigurationProvider => "command line",
        EnvironmentVariablesConfigurationProvider => $"environment {path.Replace(":", "__", StringComparison.Ordinal)}",
        FileConfigurationProvider file => $"file {file.Source.Path}",
        ChainedConfigurationProvider chained => Of(chained.Configuration, path) ?? "host",
        _ => "host",
    };
}
