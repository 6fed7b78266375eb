using System.Text;
using System.Text.RegularExpressions;

namespace AllData.Tests.Support.Documentation;

/// <summary>A page of the documentation.</summary>
internal sealed partial class DocPage
{
    private const string Fence = "```";

    private readonly string[] _lines;

    private DocPage(string path)
    {
        Path = path;
        _lines = File.ReadAllLines(System.IO.Path.Combine(Repository.Root, path));
        Blocks = ReadBlocks();
        Headings = ReadHeadings();
    }

    /// <summary>All pages, by their paths from the root of the repository.</summary>
    public static IReadOnlyList<DocPage> All { get; } =
    [
        .. Directory.GetFiles(Repository.Root, "*.md")
            .Concat(Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(static file => System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(static path => !path.Split('/').Any(static part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal).Select(static path => new DocPage(path)),
    ];

    /// <summary>Its path from the root of the repository.</summary>
    public string Path { get; }

    /// <summary>Its fenced blocks, and marks that stand alone, in order.</summary>
    public IReadOnlyList<DocBlock> Blocks { get; }

    /// <summary>The anchors of its headings.</summary>
    public IReadOnlySet<string> Headings { get; }

    /// <summary>Its lines.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The page at a path.</summary>
    public static DocPage At(string path) => All.Single(page => page.Path == path);

    /// <summary>What its links point to, with the number of the line.</summary>
    public IEnumerable<(int Line, string Target)> Links()
    {
        var isCode = false;
        foreach (var (index, line) in _lines.Index())
        {
            isCode ^= line.TrimStart().StartsWith(Fence, StringComparison.Ordinal);
            foreach (var match in isCode ? Enumerable.Empty<Match>() : Link().Matches(InlineCode().Replace(line, "")))
            {
                yield return (index + 1, match.Groups[1].Value);
            }
        }
    }

    private List<DocBlock> ReadBlocks()
    {
        var blocks = new List<DocBlock>();
        for (var i = 0; i < _lines.Length; i++)
        {
            var mark = Mark().Match(_lines[i]);
            var isFenced = i + 1 < _lines.Length && _lines[i + 1].TrimStart().StartsWith(Fence, StringComparison.Ordinal);
            if (mark.Success && !isFenced)
            {
                blocks.Add(new DocBlock(i + 1, null, mark.Groups[1].Value, []));
            }

            if (!_lines[i].TrimStart().StartsWith(Fence, StringComparison.Ordinal))
            {
                continue;
            }

            var (first, indent) = (i, _lines[i].Length - _lines[i].TrimStart().Length);
            var lines = _lines.Skip(i + 1).TakeWhile(static line => line.Trim() != Fence).ToList();
            i += lines.Count + 1;
            var before = first > 0 ? Mark().Match(_lines[first - 1]) : Match.Empty;
            blocks.Add(new DocBlock(
                first + 1, _lines[first].Trim()[Fence.Length..], before.Success ? before.Groups[1].Value : "",
                lines.ConvertAll(line => line.Length >= indent ? line[indent..] : line.TrimStart())));
        }

        return blocks;
    }

    private HashSet<string> ReadHeadings()
    {
        var (anchors, isCode) = (new HashSet<string>(StringComparer.Ordinal), false);
        foreach (var line in _lines)
        {
            isCode ^= line.TrimStart().StartsWith(Fence, StringComparison.Ordinal);
            if (!isCode && Heading().Match(line) is { Success: true } heading)
            {
                anchors.Add(AnchorOf(heading.Groups[1].Value));
            }
        }

        return anchors;
    }

    // As GitHub makes it: small letters, digits, hyphens and underscores; a hyphen for each space.
    private static string AnchorOf(string heading)
    {
        var anchor = new StringBuilder();
        foreach (var letter in heading.Trim().ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(letter) || letter is '-' or '_')
            {
                anchor.Append(letter);
            }
            else if (letter == ' ')
            {
                anchor.Append('-');
            }
        }

        return anchor.ToString();
    }

    [GeneratedRegex(@"^\s*<!-- (.*) -->\s*$")]
    private static partial Regex Mark();

    [GeneratedRegex("^#{1,6} (.*)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();
}
