using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AllData.Tests.Unit;

/// <summary>Reads the sources and keeps the directions that ARCHITECTURE.md promises.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Root = FindRoot();

    /// <summary>What each room of Grains may use of the store; Hosting, the composition root, may use all.</summary>
    public static TheoryData<string, string[]> Rooms() => new()
    {
        { "Protocol", [] },
        { "Storage", ["Protocol", "Configuration"] },
        { "Configuration", ["Protocol", "Storage"] },
        { "Diagnostics", [] },
        { "Placement", [] },
        { "Membership", ["Protocol", "Storage", "Configuration", "Placement", "Diagnostics"] },
        { "Replicas", ["Protocol", "Storage", "Configuration", "Placement", "Membership", "Coordination", "Diagnostics", "Repair"] },
        { "Coordination", ["Protocol", "Storage", "Configuration", "Placement", "Membership", "Diagnostics"] },
        { "Repair", ["Protocol", "Storage", "Configuration", "Placement", "Membership", "Diagnostics", "Reading"] },
        { "Reading", ["Protocol", "Configuration", "Placement", "Membership"] },
    };

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_rooms_below_it(string room, string[] allowed)
    {
        string[] contracts = ["Errors", "Events", "Intervals", "Peers", "Replication"];
        var used = UsingsOf($"Grains/{room}").Where(u => u.Name.StartsWith("AllData.", StringComparison.Ordinal));

        Assert.DoesNotContain(used, u => !contracts.Concat(allowed).Append(room).Contains(u.Name.Split('.')[1]));
    }

    [Fact]
    public void Every_room_of_Grains_is_in_the_list()
    {
        var rooms = Directory.GetDirectories(Path.Combine(Root, "Grains")).Select(Path.GetFileName).Except(["bin", "obj", "Hosting"]).Order();

        Assert.Equal(rooms, ((IEnumerable<object[]>)Rooms()).Select(r => (string)r[0]).Order());
    }

    [Fact]
    public void Protocol_does_no_input_or_output_starts_no_task_and_reads_no_clock()
    {
        string[] allowed = ["System.Buffers", "System.Buffers.Binary", "System.Collections.Concurrent", "System.Collections.Frozen", "System.Collections.Immutable",
            "System.Diagnostics.CodeAnalysis",
            "System.IO.Hashing", "System.Runtime.InteropServices"];
        Assert.DoesNotContain(UsingsOf("Grains/Protocol"), u => !u.Name.StartsWith("AllData.", StringComparison.Ordinal) && !allowed.Contains(u.Name));
        Assert.DoesNotContain(CodeOf("Grains/Protocol"), line => ImpureWords().IsMatch(line.Text));
    }

    [Fact]
    public void Storage_knows_nothing_of_the_runtime_of_Orleans() =>
        Assert.DoesNotContain(UsingsOf("Grains/Storage"), u => u.Name.StartsWith("Orleans", StringComparison.Ordinal));

    // The validator of the cluster options only parses a connection string.
    [Fact]
    public void Only_Storage_touches_a_database() => Assert.DoesNotContain(
        ((IEnumerable<object[]>)Rooms()).SelectMany(room => UsingsOf($"Grains/{room[0]}")),
        u => !u.File.Contains("/Storage/", StringComparison.Ordinal)
            && !u.File.EndsWith("/AllDataClusterOptionsValidator.cs", StringComparison.Ordinal) && DatabaseNamespaces().IsMatch(u.Name));

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

    private static string FindRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));

    [GeneratedRegex(@"^using (?:static )?([A-Za-z.]+);")]
    private static partial Regex Using();

    [GeneratedRegex(@"^\s*//")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(Task|ValueTask|async|await|Thread|Timer|TimeProvider|DateTime|Stopwatch|Random\.Shared|Environment|Console|File|FileStream|Grain|IGrainFactory)\b")]
    private static partial Regex ImpureWords();

    [GeneratedRegex(@"^(Microsoft\.Data|Npgsql|SQLitePCL|System\.Data)")]
    private static partial Regex DatabaseNamespaces();
}
