namespace AllData.Storage.Directories;

/// <summary>A data directory that belongs to a cluster.</summary>
/// <param name="Path">The directory.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="Root">Itself, or the directory of the local cluster that it is in.</param>
internal sealed record BoundDirectory(string Path, Guid Cluster, string Root)
{
    /// <summary>
    /// The first one near a cluster database: the starting silo's own; the directory that the database lies in, of a single silo; or one in that, of a
    /// local cluster. Null when none of them belongs to a cluster. Where the databases of several clusters lie beside each other, those in it are not looked
    /// at: they may be another cluster's, which was the first to begin.
    /// </summary>
    /// <param name="databaseFile">The database, there or not.</param>
    /// <param name="own">The silo's data directory; null when it has none.</param>
    public static BoundDirectory? Near(string databaseFile, string? own)
    {
        var beside = System.IO.Path.GetDirectoryName(databaseFile)!;
        var parts = Directory.Exists(beside) && !HasOther(beside, databaseFile) ? Directory.EnumerateDirectories(beside).Order() : Enumerable.Empty<string>();
        return new[] { own is null ? beside : System.IO.Path.GetFullPath(own), beside }.Concat(parts)
            .Select(path => Of(path, beside)).FirstOrDefault(bound => bound is not null);
    }

    /// <summary>The data directories that a path names: itself, or those in it, of a local cluster.</summary>
    public static IReadOnlyList<string> In(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (HasIdentity(full) || !Directory.Exists(full))
        {
            return [full];
        }

        var parts = Directory.EnumerateDirectories(full).Where(HasIdentity).Order().ToList();
        return parts.Count > 0 ? parts : [full];
    }

    /// <summary>Whether a directory has an identity.</summary>
    public static bool HasIdentity(string path) => File.Exists(System.IO.Path.Combine(path, DataDirectory.IdentityName));

    private static bool HasOther(string directory, string databaseFile) =>
        Directory.EnumerateFiles(directory, "*.db").Any(file => file != databaseFile);

    private static BoundDirectory? Of(string path, string beside)
    {
        try
        {
            return HasIdentity(path) && PeerIdentityFile.Read(System.IO.Path.Combine(path, DataDirectory.IdentityName)).Cluster is { } cluster
                ? new BoundDirectory(path, cluster, System.IO.Path.GetDirectoryName(path) == beside ? beside : path)
                : null;
        }
        catch (Exception e) when (e is DataDirectoryException or IOException or UnauthorizedAccessException)
        {
            // Its own silo reports what is wrong with it.
            return null;
        }
    }
}
