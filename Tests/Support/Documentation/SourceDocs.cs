using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AllData.Tests.Support.Documentation;

/// <summary>The summaries of types and properties, as their sources have them: also of those that no XML file of documentation is made for.</summary>
internal sealed partial class SourceDocs
{
    private readonly Dictionary<string, string> _summaries = new(StringComparer.Ordinal);

    public SourceDocs(params string[] projects)
    {
        foreach (var file in projects.Select(static project => Path.Combine(Repository.Root, project))
            .SelectMany(static directory => Directory.GetFiles(directory, "*.cs", SearchOption.AllDirectories))
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj")))
        {
            foreach (var type in CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
            {
                _summaries.TryAdd(type.Identifier.Text, SummaryOf(type));
                foreach (var property in type.Members.OfType<PropertyDeclarationSyntax>())
                {
                    _summaries.TryAdd($"{type.Identifier.Text}.{property.Identifier.Text}", SummaryOf(property));
                }
            }
        }
    }

    /// <summary>What the source says of a type, as a line of Markdown.</summary>
    public string Of(Type type) => _summaries[type.Name];

    /// <summary>What the source says of a property, as a line of Markdown.</summary>
    public string Of(Type type, string property) => _summaries[$"{type.Name}.{property}"];

    private static string SummaryOf(SyntaxNode node)
    {
        var comment = node.GetLeadingTrivia().ToFullString();
        var summary = Summary().Match(Slashes().Replace(comment, " ")).Groups[1].Value;
        var marked = Code().Replace(Reference().Replace(summary, static match => $"`{match.Groups[1].Value.Split('(')[0].Split('.')[^1]}`"), "`$1`");
        return Spaces().Replace(System.Net.WebUtility.HtmlDecode(marked), " ").Replace("|", "\\|", StringComparison.Ordinal).Trim();
    }

    [GeneratedRegex("<summary>(.*?)</summary>", RegexOptions.Singleline)]
    private static partial Regex Summary();

    [GeneratedRegex(@"^\s*///", RegexOptions.Multiline)]
    private static partial Regex Slashes();

    [GeneratedRegex("<see\\s+cref=\"([^\"]*)\"\\s*/>")]
    private static partial Regex Reference();

    [GeneratedRegex("<c>(.*?)</c>", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
