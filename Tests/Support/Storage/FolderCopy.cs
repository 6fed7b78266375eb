namespace AllData.Tests.Support;

/// <summary>Copies of a data directory: taken while a store is open, what a kill would leave.</summary>
internal static class FolderCopy
{
    /// <summary>Copies all files.</summary>
    public static void Take(string source, string target)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
