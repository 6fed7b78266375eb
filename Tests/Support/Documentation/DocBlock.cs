namespace AllData.Tests.Support.Documentation;

/// <summary>A fenced block of a page, or a mark that stands alone.</summary>
/// <param name="Line">The number of its first line in the page, from 1.</param>
/// <param name="Language">What follows its fence; null where a mark stands alone.</param>
/// <param name="Mark">The comment before it, without its signs; empty where there is none.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record DocBlock(int Line, string? Language, string Mark, IReadOnlyList<string> Lines)
{
    /// <summary>The first word of the mark.</summary>
    public string Kind => Mark.Split(':')[0];

    /// <summary>What the mark says after its first word.</summary>
    public string Detail => Mark.Contains(':', StringComparison.Ordinal) ? Mark[(Mark.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() : "";

    /// <summary>Whether it is typed into a shell.</summary>
    public bool IsShell => Language is "sh" or "bash" or "shell" or "console" or "powershell";

    /// <summary>Its text.</summary>
    public string Text => string.Join('\n', Lines);
}
