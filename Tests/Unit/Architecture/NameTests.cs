using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace AllData.Tests.Unit.Architecture;

/// <summary>One word for one thing, and the field's words: over the names of all types of the products.</summary>
[Collection(nameof(SourceProject))]
public sealed partial class NameTests
{
    // A word that stands for something that has a name of its own, and that name.
    private static readonly Dictionary<string, string> Words = new()
    {
        ["Lane"] = "PutBatcher, Gateway",
        ["Stash"] = "Cache",
        ["Floor"] = "Scheduler",
        ["Entrance"] = "Intake",
        ["Room"] = "AdmissionQueue",
        ["Keeper"] = "what it does: Closer",
        ["Upkeep"] = "Maintenance",
        ["Care"] = "Audit",
        ["Given"] = "Supplied",
        ["Owing"] = "Ownership",
        ["Debt"] = "MissingCopies",
        ["Mending"] = "Repair",
        ["Mended"] = "Repaired",
        ["Chance"] = "Random",
    };

    private static readonly string[] Projects = ["Grains.Interfaces", "Grains", "Silo", "Client"];

    [Fact]
    public void A_thing_has_one_word() => Assert.Empty(
        Types().SelectMany(type => CapitalWord().Matches(type.Name).Select(word => (Type: type.Name, Word: word.Value)))
            .Where(static named => Words.ContainsKey(named.Word))
            .Select(static named => $"{named.Type}: not '{named.Word}' but {Words[named.Word]}"));

    // With two of a name, a reader cannot tell which is meant. Separate programs may shape the same thing for their users.
    [Fact]
    public void A_name_is_one_types_within_what_is_referenced() => Assert.Empty(
        new[] { new[] { "Grains.Interfaces", "Grains", "Silo" }, ["Grains.Interfaces", "Client"] }
            .SelectMany(static projects => projects.SelectMany(static p => SourceProject.Load(p).Types.Select(t => (Project: p, Type: t)))
                .GroupBy(static t => (t.Type.Name, t.Type.Arity))
                .Where(static same => same.Count() > 1)
                .Select(static same => $"{same.Key.Name}: {string.Join(", ", same.Select(static t => t.Type.ToDisplayString()))}"))
            .Distinct());

    private static IEnumerable<INamedTypeSymbol> Types() => Projects.SelectMany(static p => SourceProject.Load(p).Types);

    [GeneratedRegex("[A-Z][a-z]+")]
    private static partial Regex CapitalWord();
}
