using System.Collections.Immutable;
using System.CommandLine;
using AllData.Clustering;
using AllData.Configuration;
using AllData.Hosting;
using AllData.Membership;
using AllData.Silo.Hosting;
using AllData.Storage.Directories;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Commands;

/// <summary><c>rebuild-registry --data DIR</c>: rebuilds the registry from data directories after its database was lost.</summary>
internal static class RebuildRegistryCommand
{
    public static Command Create()
    {
        var data = new Option<string[]>("--data")
        {
            Description = "A peer's data directory, or the directory of a local cluster. Give those of all peers: the command knows only what you give. "
                + "With a federation document, one of the cluster's is enough.",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command(
            "rebuild-registry",
            "Rebuilds the peer registry from the data directories, after the cluster database was lost. Stop the silos first. The directories "
            + "are only read. Settings say where the database is, as for a silo: --AllData:Cluster:DatabaseFile=FILE. With --AllData:Federation:File and "
            + ":Cluster, what is written is the share of one cluster, where a store is divided among several.")
        {
            data,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, cancellation) =>
        {
            var (settings, complaint) = SettingArguments.From(result);
            return complaint is null
                ? RunAsync(result.InvocationConfiguration, result.GetRequiredValue(data), settings, cancellation)
                : ComplainAsync(result.InvocationConfiguration, complaint);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        InvocationConfiguration console, string[] directories, ImmutableArray<string> settings, CancellationToken cancellation)
    {
        try
        {
            var (options, federation) = OptionsOf(settings);
            if (options.Provider == ClusterDatabaseProvider.Sqlite && options.DatabaseFile.Length == 0)
            {
                options.DatabaseFile = DatabaseOf(directories) ?? "";
            }

            if (options.Provider == ClusterDatabaseProvider.Sqlite && options.DatabaseFile.Length == 0)
            {
                return await ComplainAsync(
                    console, "The directories do not lie side by side: name the cluster database, for example --AllData:Cluster:DatabaseFile=data/cluster.db.");
            }

            await console.Output.WriteLineAsync(
                $"Cluster database: {(options.Provider == ClusterDatabaseProvider.Sqlite ? Path.GetFullPath(options.DatabaseFile) : options.Provider)}");
            await RegistryRebuilding.RunAsync(options, directories, TimeProvider.System, console.Output.WriteLine, cancellation, federation);
            return 0;
        }
        catch (OptionsValidationException e)
        {
            return await ComplainAsync(console, string.Join(Environment.NewLine, e.Failures));
        }
        catch (Exception e) when (e is RegistryRebuildException or DataDirectoryException or ClusterDatabaseException
            or IOException or UnauthorizedAccessException)
        {
            return await ComplainAsync(console, e.Message);
        }
    }

    private static (AllDataClusterOptions Cluster, FederationOptions Federation) OptionsOf(ImmutableArray<string> settings)
    {
        var configuration = new ConfigurationManager();
        configuration.SetBasePath(Environment.CurrentDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables();
        SiloSettings.Of(settings).ApplyTo(configuration);
        return (
            configuration.GetSection(AllDataClusterOptions.Section).Get<AllDataClusterOptions>() ?? new AllDataClusterOptions(),
            configuration.GetSection($"{AllDataOptions.SectionName}:Federation").Get<FederationOptions>() ?? new FederationOptions());
    }

    /// <summary>
    /// Where a silo would look: a single silo in its own data directory, a silo of a local cluster in the directory above. Null when the directories
    /// do not have the same parent.
    /// </summary>
    internal static string? DatabaseOf(IReadOnlyList<string> directories)
    {
        var all = directories.Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator).Distinct().ToList();
        var above = all.Select(Path.GetDirectoryName).Distinct().ToList();
        return all.Count > 1
            ? (above is [{ } one] ? Path.Combine(one, "cluster.db") : null)
            : Path.Combine(IsOneOfMany(all[0]) ? Path.GetDirectoryName(all[0])! : all[0], "cluster.db");
    }

    private static bool IsOneOfMany(string directory) => HasIdentity(directory) && !File.Exists(Path.Combine(directory, "cluster.db"))
        && Path.GetDirectoryName(directory) is { } above
        && (File.Exists(Path.Combine(above, "cluster.db")) || Directory.EnumerateDirectories(above).Count(HasIdentity) > 1);

    private static bool HasIdentity(string directory) => File.Exists(Path.Combine(directory, "peer.json"));

    private static async Task<int> ComplainAsync(InvocationConfiguration console, string sentence)
    {
        await console.Error.WriteLineAsync(sentence);
        return 1;
    }
}
