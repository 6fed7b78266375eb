using System.CommandLine;

namespace AllData.Client.Certificates;

/// <summary>Options about whose signatures count.</summary>
internal static class TrustOptions
{
    public static Option<string?> Keys(string description) => new("--keys") { Description = description, HelpName = "FILE" };
}
