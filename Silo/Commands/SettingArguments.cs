using System.Collections.Immutable;
using System.CommandLine;
using System.Text.RegularExpressions;
using AllData.Silo.LocalCluster;

namespace AllData.Silo.Commands;

/// <summary>Arguments that are settings, not options of a command: <c>--AllData:Peer:Id=local</c>.</summary>
internal static partial class SettingArguments
{
    /// <summary>What the parser did not know, when all of it are settings; otherwise a sentence about the first that is not.</summary>
    public static (ImmutableArray<string> Settings, string? Complaint) From(ParseResult result)
    {
        var odd = result.UnmatchedTokens.FirstOrDefault(token => !Setting().IsMatch(token));
        return odd is null
            ? ([.. result.UnmatchedTokens], null)
            : ([], $"'{SecretSettings.Shown(odd)}' is not known here. Settings are given as --Section:Name=value, for example --AllData:Http:Port=9081; "
                + "--help lists the rest.");
    }

    [GeneratedRegex("^--[A-Za-z][A-Za-z0-9_.]*(:[A-Za-z0-9_.]+)+=")]
    private static partial Regex Setting();
}
