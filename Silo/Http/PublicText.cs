using System.Text.RegularExpressions;

namespace AllData.Silo.Http;

/// <summary>Sentences as a caller over HTTP gets them: readable, and without the directories of the silo's machine, which are for its log.</summary>
internal static partial class PublicText
{
    /// <summary>The sentence; of a path only the file's name is left.</summary>
    public static string Of(string text) => Directories().Replace(ReadableText.EscapeLines(text), "…/");

    // Two directories and more, from the root: "/events/KEY" is a route.
    [GeneratedRegex(@"(?<![\w:/.…])(/[^/\s'""]+){2,}/")]
    private static partial Regex Directories();
}
