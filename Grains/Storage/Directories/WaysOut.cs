namespace AllData.Storage.Directories;

/// <summary>
/// The commands of the silo program that bring a damaged or lost part of a peer back, as they are typed. No message tells the user to throw a data
/// directory away: it holds events.
/// </summary>
internal static class WaysOut
{
    private const string Program = "dotnet run -c Release --project Silo --";

    /// <summary>Gives a directory a new identity and keeps its events.</summary>
    public static string RenewDirectory(string directory) => $"{Program} renew-directory --data '{directory}'";

    /// <summary>Makes the registry's state from data directories.</summary>
    public static string RebuildRegistry(params IEnumerable<string> directories) =>
        $"{Program} rebuild-registry {string.Join(' ', directories.Select(directory => $"--data '{directory}'"))}";
}
