using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// Settings that hold a secret. Every user of the machine sees arguments (<c>ps</c>), and they stay in logs and terminals; only its own user sees a
/// process's environment. So secrets are passed on in the environment, and never printed.
/// </summary>
internal static partial class SecretSettings
{
    /// <summary>Whether a setting (<c>--Section:Name=value</c>) holds a secret: a connection string, or what is called or looks like a password.</summary>
    public static bool IsSecret(string setting)
    {
        var (name, value) = Parts(setting);
        return SecretName().IsMatch(name) || PasswordInside().IsMatch(value);
    }

    /// <summary>The environment variables equivalent to settings.</summary>
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

    /// <summary>A setting as it may be shown: only its name if it holds a secret.</summary>
    public static string Shown(string setting) => IsSecret(setting) ? $"{setting[..(setting.IndexOf('=', StringComparison.Ordinal) + 1)]}***" : setting;

    /// <summary>Splits settings into visible ones and secrets.</summary>
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
