using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AllData.Tests.Unit.PublicApi;

/// <summary>What an assembly shows to those who reference it, a line for each type and member.</summary>
internal static class PublicApiListing
{
    private static readonly SymbolDisplayFormat TypeFormat = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints
            | SymbolDisplayGenericsOptions.IncludeVariance,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private static readonly SymbolDisplayFormat MemberFormat = TypeFormat
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeAccessibility
            | SymbolDisplayMemberOptions.IncludeConstantValue | SymbolDisplayMemberOptions.IncludeRef)
        .WithParameterOptions(SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeModifiers
            | SymbolDisplayParameterOptions.IncludeExtensionThis)
        .AddKindOptions(SymbolDisplayKindOptions.IncludeMemberKeyword);

    private static readonly SymbolDisplayFormat PropertyFormat = new(
        TypeFormat.GlobalNamespaceStyle, TypeFormat.TypeQualificationStyle, TypeFormat.GenericsOptions, MemberFormat.MemberOptions,
        parameterOptions: MemberFormat.ParameterOptions, propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: TypeFormat.MiscellaneousOptions);

    /// <summary>The lines, types in the order of their names.</summary>
    public static IReadOnlyList<string> Of(string assembly)
    {
        var reference = MetadataReference.CreateFromFile(assembly);
        var compilation = CSharpCompilation.Create("Reader", references:
        [
            reference, .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(path => Path.GetFileName(path) != Path.GetFileName(assembly)).Select(static path => MetadataReference.CreateFromFile(path)),
        ]);
        var symbol = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(reference)!;
        return [.. TypesOf(symbol.GlobalNamespace).Where(static type => !IsGenerated(type))
            .OrderBy(static type => type.ToDisplayString(TypeFormat), StringComparer.Ordinal).SelectMany(LinesOf)];
    }

    private static IEnumerable<INamedTypeSymbol> TypesOf(INamespaceOrTypeSymbol parent) => parent.GetMembers().OfType<INamespaceOrTypeSymbol>()
        .Where(static member => member is INamespaceSymbol || IsShown(member))
        .SelectMany(static member => member is INamedTypeSymbol type ? TypesOf(type).Prepend(type) : TypesOf(member));

    private static IEnumerable<string> LinesOf(INamedTypeSymbol type) => type.GetMembers()
        .Where(static member => member is not INamedTypeSymbol && IsShown(member) && !IsGenerated(member) && !IsOfProperty(member))
        .Where(member => !(type.TypeKind == TypeKind.Enum && member is IMethodSymbol))
        .Select(static member => $"    {member.ToDisplayString(member is IPropertySymbol ? PropertyFormat : MemberFormat)}").Order(StringComparer.Ordinal)
        .Prepend($"{Modifiers(type)} {type.ToDisplayString(TypeFormat)}{Bases(type)}");

    private static string Modifiers(INamedTypeSymbol type)
    {
        var kind = type.TypeKind == TypeKind.Class && type.IsRecord ? "record" : type.TypeKind.ToString().ToLowerInvariant();
        return type.TypeKind switch
        {
            TypeKind.Class when type.IsStatic => $"static {kind}",
            TypeKind.Class when type.IsAbstract => $"abstract {kind}",
            TypeKind.Class when type.IsSealed => $"sealed {kind}",
            TypeKind.Struct when type.IsReadOnly => $"readonly {kind}",
            _ => kind,
        };
    }

    private static string Bases(INamedTypeSymbol type)
    {
        var parents = type.Interfaces.Select(static i => i.ToDisplayString(TypeFormat));
        if (type is { TypeKind: TypeKind.Class, BaseType: { SpecialType: not SpecialType.System_Object } parent })
        {
            parents = parents.Prepend(parent.ToDisplayString(TypeFormat));
        }

        return string.Join(", ", parents) is { Length: > 0 } list ? $" : {list}" : "";
    }

    private static bool IsShown(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    // Orleans' serializers and proxies, and the members that the compiler gives every record.
    private static bool IsGenerated(ISymbol symbol) => symbol.ContainingNamespace.ToDisplayString().StartsWith("OrleansCodeGen", StringComparison.Ordinal)
        || symbol.GetAttributes().Any(static a => a.AttributeClass?.Name is "GeneratedCodeAttribute" or "CompilerGeneratedAttribute");

    private static bool IsOfProperty(ISymbol member) => member is IMethodSymbol { AssociatedSymbol: not null };
}
