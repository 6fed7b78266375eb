namespace AllData.Tests.Support;

/// <summary>Where the sources and the programs built from them are.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    // .../Tests/bin/CONFIGURATION/FRAMEWORK/
    private static string Framework { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The configuration that the tests were built in.</summary>
    public static string Configuration { get; } = Directory.GetParent(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!.Name;

    /// <summary>An assembly in the output of its own project. The copy beside the tests lacks what the tests get from their framework.</summary>
    public static string OutputOf(string project, string assembly) => Path.Combine(Root, project, "bin", Configuration, Framework, assembly);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "AllData.Orleans.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No AllData.Orleans.sln above {AppContext.BaseDirectory}: run the tests where they were built.");
    }
}
