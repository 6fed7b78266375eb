using Microsoft.Extensions.Options;
using Npgsql;

namespace AllData.Clustering;

/// <summary>Refuses a configuration with which no silo could start, and says what to write instead.</summary>
internal sealed class AllDataClusterOptionsValidator : IValidateOptions<AllDataClusterOptions>
{
    /// <summary>As long as the longest name that any of Orleans' own scripts takes.</summary>
    private const int MaxNameLength = 150;

    private static readonly TimeSpan MaxDatabaseWait = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AllDataClusterOptions options)
    {
        var refusals = new[]
            {
                RefuseName(nameof(options.ClusterId), options.ClusterId),
                RefuseName(nameof(options.ServiceId), options.ServiceId),
                RefuseDatabase(options),
                RefuseWait(options.DatabaseWait),
            }
            .OfType<string>()
            .ToList();
        return refusals.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(refusals);
    }

    private static string? RefuseName(string option, string value) => value is { Length: > 0 and <= MaxNameLength }
        ? null
        : $"{AllDataClusterOptions.Section}:{option} has {value?.Length ?? 0} characters; "
            + $"give it 1 to {MaxNameLength}, or leave it out for 'alldata'.";

    private static string? RefuseDatabase(AllDataClusterOptions options) => options.Provider switch
    {
        ClusterDatabaseProvider.Sqlite when string.IsNullOrWhiteSpace(options.DatabaseFile) =>
            $"{AllDataClusterOptions.Section}:DatabaseFile is empty; with Provider=Sqlite name a file on a local disk, as data/cluster.db.",
        ClusterDatabaseProvider.Sqlite when options.ConnectionString.Length > 0 =>
            $"{AllDataClusterOptions.Section}:ConnectionString is given, and Provider=Sqlite does not use it: write Provider=PostgreSql, or leave it out.",
        ClusterDatabaseProvider.PostgreSql => RefuseConnectionString(options.ConnectionString),
        ClusterDatabaseProvider.Sqlite => null,
        _ => $"{AllDataClusterOptions.Section}:Provider is {(int)options.Provider}; write Sqlite or PostgreSql.",
    };

    private static string? RefuseConnectionString(string text)
    {
        const string Example = "write Host=…;Database=…;Username=…;Password=…";
        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(text).Host)
                ? $"{AllDataClusterOptions.Section}:ConnectionString names no host; with Provider=PostgreSql {Example}."
                : null;
        }
        catch (ArgumentException e)
        {
            // The text itself is not repeated: it may hold a password.
            return $"{AllDataClusterOptions.Section}:ConnectionString is not understood ({e.Message}); {Example}.";
        }
    }

    private static string? RefuseWait(TimeSpan wait) => wait >= TimeSpan.Zero && wait <= MaxDatabaseWait
        ? null
        : $"{AllDataClusterOptions.Section}:DatabaseWait is {wait}; give it 0 to {MaxDatabaseWait}, as 00:00:30.";
}
