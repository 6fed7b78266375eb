using AllData.Tests.Support;
using AllData.Tests.Support.Documentation;

namespace AllData.Tests.Unit.Documentation;

/// <summary>What the pages point to is there.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Each_link_within_the_repository_leads_to_a_file_and_a_heading_that_exist()
    {
        var faults = DocPage.All.SelectMany(static page => page.Links().Where(static link => !IsElsewhere(link.Target))
            .Select(link => (page, link.Line, Fault: FaultOf(page, link.Target)))
            .Where(static found => found.Fault is not null).Select(static found => $"{found.page.Path}:{found.Line}: {found.Fault}")).ToList();

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Each_page_can_be_reached_from_the_first_one()
    {
        var (reached, open) = (new HashSet<string>(StringComparer.Ordinal) { "README.md" }, new Queue<string>(["README.md"]));
        while (open.TryDequeue(out var path))
        {
            foreach (var target in DocPage.At(path).Links().Where(static link => !IsElsewhere(link.Target)).Select(link => PathOf(path, link.Target)))
            {
                if (target.EndsWith(".md", StringComparison.Ordinal) && reached.Add(target))
                {
                    open.Enqueue(target);
                }
            }
        }

        Assert.Empty(DocPage.All.Select(static page => page.Path).Except(reached));
    }

    [Fact]
    public void The_first_page_stays_short() => Assert.InRange(DocPage.At("README.md").Lines.Count, 60, 140);

    private static bool IsElsewhere(string target) =>
        target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal);

    private static string? FaultOf(DocPage page, string target)
    {
        var path = PathOf(page.Path, target);
        if (!Path.Exists(Path.Combine(Repository.Root, path)))
        {
            return $"{target}: there is no {path}";
        }

        var anchor = target.Split('#') is [_, { } part] ? part : null;
        return anchor is null || DocPage.At(path).Headings.Contains(anchor) ? null : $"{target}: {path} has no such heading";
    }

    private static string PathOf(string page, string target) => target.StartsWith('#')
        ? page
        : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, target.Split('#')[0])).Replace('\\', '/');
}
