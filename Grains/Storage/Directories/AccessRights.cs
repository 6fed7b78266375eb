using AllData.Security;

namespace AllData.Storage.Directories;

/// <summary>Takes other users' rights to a data directory away. Windows has no such modes: there the directory's own access list decides.</summary>
internal static class AccessRights
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Removes other users' rights to a file or directory; if that is not allowed, nothing is changed.</summary>
    public static void Tighten(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is var mode && (mode & ~PrivateFiles.ForUser) != 0)
            {
                File.SetUnixFileMode(path, mode & PrivateFiles.ForUser);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It belongs to another user, or has gone meanwhile.
        }
    }

    /// <summary>Removes other users' rights to a directory of this user and to everything in it.</summary>
    /// <exception cref="DataDirectoryException">Others may write to it.</exception>
    public static void TightenDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // It is not enough to remove the rights: the content may not be what this peer has written.
        if ((File.GetUnixFileMode(path) & WritableByOthers) != 0)
        {
            throw new DataDirectoryException(
                $"Other users may write to the data directory {path}, and so change or delete events. See that all in it is yours, then take the right "
                + $"away: chmod go-w '{path}'");
        }

        Tighten(path);
        foreach (var entry in Directory.EnumerateFileSystemEntries(path, "*", Everything))
        {
            Tighten(entry);
        }
    }

    private static EnumerationOptions Everything => new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };
}
