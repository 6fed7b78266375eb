using AllData.Tests.Support.Documentation;

namespace AllData.Tests.Unit.Documentation;

/// <summary>Code that the guides show. PackageTests compiles it against the packages and runs it.</summary>
public sealed class GuideSampleTests
{
    private const int MostLines = 10;

    [Fact]
    public void The_client_of_the_guide_is_ten_lines_beside_its_usings() => Assert.InRange(
        DocSample.Client.Count(static line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)), 1, MostLines);
}
