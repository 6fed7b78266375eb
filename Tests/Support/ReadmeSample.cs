namespace AllData.Tests.Support;

/// <summary>Code that the README shows, so that it is what is compiled.</summary>
internal static class ReadmeSample
{
    private const string Fence = "```";

    /// <summary>The lines of the code that follows a marker.</summary>
    public static List<string> After(string marker, string language)
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, "README.md")).SkipWhile(line => line != marker).Skip(1).ToList();
        Assert.True(lines.Count > 0 && lines[0] == Fence + language, $"README.md has no {language} after {marker}.");
        return [.. lines.Skip(1).TakeWhile(line => line != Fence)];
    }
}
