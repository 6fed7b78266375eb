using AllData.Tests.Support.Documentation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AllData.Tests.Unit.Streaming;

/// <summary>What the guide shows of streams, as it stands there.</summary>
public sealed class GuideStreamTests
{
    private const string Page = "docs/guides/follow.md";

    // What the reader of the guide has already.
    private const string Around = """
        using System;
        using System.Threading.Tasks;
        using AllData.Events;
        using AllData.Hosting;
        using AllData.Reading;
        using AllData.Streaming;
        using Orleans;
        using Orleans.Hosting;
        using Orleans.Streams;
        using Orleans.Streams.Core;

        public interface IBillingGrain : IGrainWithStringKey;

        public static class Hosts
        {
            public static void Configure(ISiloBuilder silo, IClientBuilder client)
            {
                HOSTS
            }
        }

        GRAIN
        """;

    [Fact]
    public void The_streams_of_the_guide_compile()
    {
        var hosts = string.Join('\n', DocSample.Of(Page, "streams"));
        var grain = string.Join('\n', DocSample.Of(Page, "streams-grain"))
            .Replace("sealed class", "sealed partial class", StringComparison.Ordinal);
        const string Billing =
            "public sealed partial class BillingGrain { private Task BillAsync(EventKey key, ReadOnlyMemory<byte> payload) => Task.CompletedTask; }";
        var source = Around.Replace("HOSTS", hosts, StringComparison.Ordinal).Replace("GRAIN", $"{grain}\n{Billing}", StringComparison.Ordinal);

        var compilation = CSharpCompilation.Create(
            "Guide", [CSharpSyntaxTree.ParseText(source)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

        Assert.Empty(compilation.GetDiagnostics().Where(static d => d.Severity >= DiagnosticSeverity.Warning).Select(static d => d.ToString()));
    }
}
