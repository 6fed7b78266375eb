using System.Text.RegularExpressions;

namespace AllData;

/// <summary>Writes commands that a person can paste into a shell.</summary>
internal static partial class ShellText
{
    /// <summary>An argument as a POSIX shell takes it for one: as it is, or in single quotes.</summary>
    public static string Quote(string argument) =>
        NeedsNoQuotes().IsMatch(argument) ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex("^[A-Za-z0-9_./:=@%+,-]+$")]
    private static partial Regex NeedsNoQuotes();
}
