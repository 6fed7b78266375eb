using System.Text.RegularExpressions;
using System.Xml.Linq;
using AllData.Tests.Support;
using Microsoft.CodeAnalysis;

namespace AllData.Tests.Unit.Architecture;

/// <summary>Reads the sources and keeps the directions that ARCHITECTURE.md promises.</summary>
[Collection(nameof(SourceProject))]
public sealed partial class ArchitectureTests
{
    private static readonly string Root = Repository.Root;

    private static readonly string[] InterfacesOrder =
    [
        "Json", "Events", "Configuration", "Intervals", "Peers", "Replication", "Errors", "Certificates", "Consumers", "Puts", "Reports", "Copies", "Wire", ".",
        "Security", "Federation", "Reading", "Batching/Gateways", "Batching/Queueing", "Batching", "Streaming",
    ];

    private static readonly string[] GrainsOrder =
    [
        "Protocol/Blocks", "Protocol/Numbers", "Protocol/Topologies", "Protocol/Links", "Protocol/Keys", "Protocol/Clocks", "Protocol/Placement",
        "Protocol/Repair", "Protocol/Puts", "Protocol/Scans", "Protocol/Certificates",
        "Storage", "Storage/Directories", "Storage/Certificates", "Storage/Engine", "Storage/Replica", "Storage/Sqlite", "Storage/Log", "Storage/PostgreSql",
        "Storage/Opening",
        "Storage/Restoration",
        "Configuration", "Encryption", "Security", "Diagnostics", "Remote", "Remote/Original", "Remote/Conformance", "Remote/Http/Messages", "Remote/Http/Tls",
        "Remote/Http", "Remote/Http/Serving", "Placement", "Membership", "Links", "Clustering", "Coordination", "Reading", "Following/Live", "Following",
        "Consumers", "Streaming", "Repair", "Replicas", "Sealing", "Restoring", "Hosting",
    ];

    private static readonly string[] SiloOrder =
    [
        "Browsers", "Connections", "Security", "Http", "Http/Idempotency", "Http/Ingest", "Http/Following", "Http/Console", "Http/Endpoints", "Http/Original",
        "Http/Peers", "Telemetry", "Hosting", "LocalCluster", "Commands", ".",
    ];

    private static readonly string[] ClientOrder =
    [
        "Files", "Terminals", "Connection", "Commands", "Context", "Federation", "Security", "Peers", "Intervals", "Read", "Follow", "Consumers", "Put",
        "Certificates", "Export", "Verification", "Archive", "Scrub", "Audit", "Copies", "Status", "Top", "Departure", "Regions", "Bench", "Help", ".",
    ];

    /// <summary>
    /// The folders of each project, the lowest first: a folder names types of those before it only. So there are no circles, and a stranger can read a
    /// project from the top of its list to the end.
    /// </summary>
    public static TheoryData<string, string[]> Orders() => new()
    {
        { "Grains.Interfaces", InterfacesOrder },
        { "Grains", GrainsOrder },
        { "Silo", SiloOrder },
        { "Client", ClientOrder },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_folder_names_only_types_of_the_folders_below_it(string project, string[] order)
    {
        var sources = SourceProject.Load(project);

        Assert.Equal(sources.Folders.Order(StringComparer.Ordinal), order.Order(StringComparer.Ordinal));
        Assert.Empty(sources.Arrows.Where(a => Array.IndexOf(order, a.From) < Array.IndexOf(order, a.To)).Select(static a => a.ToString()));
    }

    [Theory]
    [InlineData("Protocol/", "Protocol/")]
    [InlineData("Storage", "Storage", "Protocol/", "Configuration")]
    [InlineData("Placement", "Placement", "Remote")]
    public void A_room_of_Grains_uses_only_the_rooms_that_it_may(string room, params string[] allowed) => Assert.Empty(
        SourceProject.Load("Grains").Arrows
            .Where(a => a.From.StartsWith(room, StringComparison.Ordinal) && !Array.Exists(allowed, r => a.To.StartsWith(r, StringComparison.Ordinal)))
            .Select(static a => a.ToString()));

    [Fact]
    public void Protocol_does_no_input_or_output_starts_no_task_and_reads_no_clock()
    {
        string[] allowed = ["System.Buffers", "System.Buffers.Binary", "System.Collections.Concurrent", "System.Collections.Frozen",
            "System.Collections.Immutable",
            "System.Diagnostics.CodeAnalysis",
            "System.IO.Hashing", "System.Runtime.InteropServices"];
        Assert.DoesNotContain(UsingsOf("Grains/Protocol"), u => !u.Name.StartsWith("AllData.", StringComparison.Ordinal) && !allowed.Contains(u.Name));
        Assert.DoesNotContain(CodeOf("Grains/Protocol"), line => ImpureWords().IsMatch(line.Text));
    }

    // The protocol is how the store works inside, not what an application builds on: what is public could not be changed any more.
    [Fact]
    public void Protocol_shows_no_type_outside_its_assembly() => Assert.Empty(
        SourceProject.Load("Grains").TypesOf("Protocol/").Where(static t => t.DeclaredAccessibility == Accessibility.Public).Select(static t => t.Name));

    [Fact]
    public void One_file_knows_the_grains_of_replicas() => Assert.Equal(
        ["GrainPeerClient.cs"],
        CodeOf("Grains").Where(static line => line.Text.Contains("GetReplica(", StringComparison.Ordinal))
            .Select(static line => Path.GetFileName(line.File)).Distinct());

    [Fact]
    public void Storage_knows_nothing_of_the_runtime_of_Orleans() =>
        Assert.DoesNotContain(UsingsOf("Grains/Storage"), u => u.Name.StartsWith("Orleans", StringComparison.Ordinal));

    [Fact]
    public void Only_Storage_and_Clustering_touch_a_database() => Assert.DoesNotContain(
        UsingsOf("Grains"),
        u => !u.File.Contains("/Storage/", StringComparison.Ordinal) && !u.File.Contains("/Clustering/", StringComparison.Ordinal)
            && DatabaseNamespaces().IsMatch(u.Name));

    [Theory]
    [InlineData("Grains.Interfaces", "")]
    [InlineData("Grains", "AllData.Grains.Interfaces")]
    [InlineData("Silo", "AllData.Grains")]
    [InlineData("Client", "AllData.Grains.Interfaces")]
    public void A_project_references_only_what_lies_below_it(string project, string expected)
    {
        var file = Assert.Single(Directory.GetFiles(Path.Combine(Root, project), "*.csproj"));
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

        Assert.Equal(expected, string.Join(',', references));
    }

    private static IEnumerable<(string File, string Name)> UsingsOf(string folder) => CodeOf(folder)
        .Select(line => (line.File, Match: Using().Match(line.Text)))
        .Where(u => u.Match.Success)
        .Select(u => (u.File, u.Match.Groups[1].Value));

    private static IEnumerable<(string File, string Text)> CodeOf(string folder) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => File.ReadLines(file).Where(text => !Comment().IsMatch(text)).Select(text => (file.Replace('\\', '/'), text)));

    [GeneratedRegex(@"^using (?:static )?([A-Za-z.]+);")]
    private static partial Regex Using();

    [GeneratedRegex(@"^\s*//")]
    private static partial Regex Comment();

    private const string ImpureTypes = "Task|ValueTask|async|await|Thread|Timer|TimeProvider|DateTime|Stopwatch|Environment|Console|File|FileStream";

    [GeneratedRegex(@"\b(" + ImpureTypes + @"|Random\.Shared|Grain|IGrainFactory)\b")]
    private static partial Regex ImpureWords();

    [GeneratedRegex(@"^(Microsoft\.Data|Npgsql|SQLitePCL|System\.Data)")]
    private static partial Regex DatabaseNamespaces();
}
