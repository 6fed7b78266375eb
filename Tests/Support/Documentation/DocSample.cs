namespace AllData.Tests.Support.Documentation;

/// <summary>Code that a page shows, so that it is what is compiled and run.</summary>
internal static class DocSample
{
    /// <summary>The client of the guide for applications.</summary>
    public static IReadOnlyList<string> Client => Of("docs/guides/apps.md", "client-sample");

    /// <summary>The lines of the one block of a page that has the mark.</summary>
    public static IReadOnlyList<string> Of(string page, string mark) => DocPage.At(page).Blocks.Single(block => block.Mark == mark).Lines;
}
