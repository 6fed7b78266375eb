using System.Reflection;
using AllData.Coordination;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.PublicApi;

/// <summary>
/// The public API of each package, as approved. What is public cannot be taken back, so a change of it shows in a review. With
/// <c>ALLDATA_APPROVE_API=1</c> the test writes the files instead.
/// </summary>
public sealed class PublicApiTests
{
    private const string Approve = "ALLDATA_APPROVE_API";

    private static readonly string Approved = Path.Combine(Repository.Root, "Tests", "Unit", "PublicApi");

    public static TheoryData<string, string> Packages => new()
    {
        { "AllData.Orleans.Client", typeof(AllDataClient).Assembly.Location },
        { "AllData.Orleans.Server", typeof(IAllDataPuts).Assembly.Location },
    };

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_shows_what_was_approved(string package, string assembly)
    {
        var file = Path.Combine(Approved, $"{package}.txt");
        var shown = PublicApiListing.Of(assembly);
        if (Environment.GetEnvironmentVariable(Approve) == "1")
        {
            File.WriteAllLines(file, shown);
        }

        var approved = File.ReadAllLines(file);
        var changes = shown.Except(approved).Select(static line => $"+ {line}").Concat(approved.Except(shown).Select(static line => $"- {line}")).ToList();
        Assert.True(
            shown.SequenceEqual(approved),
            $"The public API of {package} is not what {package}.txt has. If this is meant, run this test with {Approve}=1.\n{string.Join('\n', changes)}");
    }

    [Fact]
    public void The_tool_shows_no_type() => Assert.Empty(
        Assembly.Load("alldata").GetExportedTypes().Where(static type => type.Namespace?.StartsWith("OrleansCodeGen", StringComparison.Ordinal) != true));
}
