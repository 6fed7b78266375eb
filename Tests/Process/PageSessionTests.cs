using AllData.Tests.Support.Documentation;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>The commands of the pages, as they stand there.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class PageSessionTests(ITestOutputHelper output)
{
    public static TheoryData<string> Pages => new(DocPage.All.Where(static page => page.Blocks.Any(static b => b.Kind is "run" or "quick-start"))
        .Select(static page => page.Path));

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task The_commands_of_a_page_do_what_it_says(string page)
    {
        using var session = new PageSession(DocPage.At(page));

        var faults = await session.RunAsync();

        output.WriteLine(session.Transcript);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
