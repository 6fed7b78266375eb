using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Tests.Support;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AllData.Tests.Unit.Architecture;

/// <summary>A folder that names a type of another one.</summary>
/// <param name="From">The folder, below the project's.</param>
/// <param name="To">The folder of the type.</param>
/// <param name="Type">The type, or one that contains it.</param>
/// <param name="File">Where it is named.</param>
internal sealed record Arrow(string From, string To, string Type, string File)
{
    public override string ToString() => $"{From} → {To}: {Type} in {File}";
}

/// <summary>The sources of a project, bound by the compiler: what they name is known by type, whatever their <c>using</c> lines say.</summary>
internal sealed class SourceProject
{
    private static readonly ConcurrentDictionary<string, Lazy<SourceProject>> Loaded = new();

    // Read once for all projects.
    private static readonly Lazy<ImmutableArray<(string Name, MetadataReference Reference)>> Assemblies = new(static () =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(static path => (Path.GetFileNameWithoutExtension(path), (MetadataReference)MetadataReference.CreateFromFile(path))),
    ]);

    private readonly string _folder;
    private readonly CSharpCompilation _compilation;
    private readonly ImmutableDictionary<string, SyntaxTree> _trees;
    private readonly Lazy<ImmutableArray<Arrow>> _arrows;

    private SourceProject(string name)
    {
        _folder = Path.Combine(Repository.Root, name);
        Files = [.. Directory.EnumerateFiles(_folder, "*.cs", SearchOption.AllDirectories).Where(static f => !IsBuilt(f)).Order(StringComparer.Ordinal)];
        _compilation = CSharpCompilation.Create(
            AssemblyOf(_folder),
            Files.Concat(GlobalUsings()).Select(static f => CSharpSyntaxTree.ParseText(File.ReadAllText(f), path: f)),
            References(AssemblyOf(_folder)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        _trees = _compilation.SyntaxTrees.ToImmutableDictionary(static tree => tree.FilePath);
        _arrows = new Lazy<ImmutableArray<Arrow>>(() => [.. Files.AsParallel().SelectMany(ArrowsOf).Distinct()]);
    }

    /// <summary>Its sources, as they are written.</summary>
    public ImmutableArray<string> Files { get; }

    /// <summary>Which folder names whose types.</summary>
    public ImmutableArray<Arrow> Arrows => _arrows.Value;

    /// <summary>Its folders that have sources, below the project's; "." for that itself.</summary>
    public IEnumerable<string> Folders => Files.Select(FolderOf).Distinct();

    /// <summary>The types that it declares, not those within others.</summary>
    public IEnumerable<INamedTypeSymbol> Types => _compilation.SyntaxTrees
        .SelectMany(tree => tree.GetRoot().DescendantNodes(static n => n is not BaseTypeDeclarationSyntax).OfType<MemberDeclarationSyntax>()
            .Where(static n => n is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
            .Select(n => _compilation.GetSemanticModel(tree).GetDeclaredSymbol(n)))
        .OfType<INamedTypeSymbol>().Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default);

    /// <summary>Those of its types that lie in a folder and its folders.</summary>
    public IEnumerable<INamedTypeSymbol> TypesOf(string folder) => Types
        .Where(type => type.Locations.Any(l => $"{FolderOf(l.SourceTree!.FilePath)}/".StartsWith(folder, StringComparison.Ordinal)));

    /// <summary>The project of a folder of the repository.</summary>
    public static SourceProject Load(string name) => Loaded.GetOrAdd(name, static n => new Lazy<SourceProject>(() => new SourceProject(n))).Value;

    /// <summary>The file as one reads of it in the repository.</summary>
    public static string NameOf(string file) => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');

    private IEnumerable<Arrow> ArrowsOf(string file)
    {
        var tree = _trees[file];
        var model = _compilation.GetSemanticModel(tree);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (TypeOf(model.GetSymbolInfo(name)) is { } type && type.Locations.FirstOrDefault(static l => l.IsInSource) is { } declared
                && FolderOf(declared.SourceTree!.FilePath) is var target && target != FolderOf(file))
            {
                yield return new Arrow(FolderOf(file), target, type.Name, Path.GetFileName(file));
            }
        }
    }

    private static INamedTypeSymbol? TypeOf(SymbolInfo info)
    {
        var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        var type = symbol switch
        {
            INamedTypeSymbol named => named,
            IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol => symbol.ContainingType,
            _ => null,
        };
        while (type?.ContainingType is { } outer)
        {
            type = outer;
        }

        return type?.OriginalDefinition;
    }

    private string FolderOf(string file) => Path.GetRelativePath(_folder, Path.GetDirectoryName(file)!).Replace('\\', '/');

    private IEnumerable<string> GlobalUsings() => Directory.EnumerateFiles(Path.Combine(_folder, "obj"), "*.GlobalUsings.g.cs",
        SearchOption.AllDirectories).Take(1);

    private static string AssemblyOf(string folder) => Path.GetFileNameWithoutExtension(Directory.GetFiles(folder, "*.csproj").Single());

    private static IEnumerable<MetadataReference> References(string assembly) =>
        Assemblies.Value.Where(other => other.Name != assembly).Select(static other => other.Reference);

    private static bool IsBuilt(string file) => NameOf(file).Split('/') is var parts && (parts.Contains("obj") || parts.Contains("bin"));
}
