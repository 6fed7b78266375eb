using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// Settings that hold a secret. An argument is seen by every user of the machine (<c>ps</c>) and stays in logs and terminals; the environment of
/// a process is seen by its user only. So they are handed on there, and never printed.
/// </summary>
internal static partial class SecretSettings
{
    /// <summary>Whether a setting (<c>--Section:Name=value</c>) holds a secret: a connection string, or what is called or looks like a password.</summary>
    public static bool IsSecret(string setting)
    {
        var (name, value) = Parts(setting);
        return SecretName().IsMatch(name) || PasswordInside().IsMatch(value);
    }

    /// <summary>The environment variables that say the same as settings.</summary>
    public static IReadOnlyDictionary<string, string> AsEnvironment(IEnumerable<string> settings)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in settings)
        {
            variables[VariableOf(setting)] = Parts(setting).Value;
        }

        return variables;
    }

    /// <summary>The environment variable of a setting: <c>AllData__Storage__ConnectionString</c>.</summary>
    public static string VariableOf(string setting) => Parts(setting).Name.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>A setting as it may be shown: of one that holds a secret only the name.</summary>
    public static string Shown(string setting) => IsSecret(setting) ? $"{setting[..(setting.IndexOf('=', StringComparison.Ordinal) + 1)]}***" : setting;

    /// <summary>Parts settings into those that may be seen and those that hold secrets.</summary>
    public static (ImmutableArray<string> Plain, ImmutableArray<string> Secret) Part(ImmutableArray<string> settings) =>
        ([.. settings.Where(s => !IsSecret(s))], [.. settings.Where(IsSecret)]);

    private static (string Name, string Value) Parts(string setting)
    {
        var end = setting.IndexOf('=', StringComparison.Ordinal);
        return end < 0 ? (setting.TrimStart('-'), "") : (setting[..end].TrimStart('-'), setting[(end + 1)..]);
    }

    [GeneratedRegex("(ConnectionString|Password|Passphrase|Secret|Token|ApiKey|AccessKey)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(password|pwd|secret)\s*=|://[^/\s:@]*:[^/\s@]*@", RegexOptions.IgnoreCase)]
    private static partial Regex PasswordInside();
}
