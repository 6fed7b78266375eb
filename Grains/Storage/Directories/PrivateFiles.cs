namespace AllData.Storage.Directories;

/// <summary>
/// Files and directories that only the user of the process may read and write, whatever its umask says. Windows has no such modes: there the
/// directory's own access list decides.
/// </summary>
internal static class PrivateFiles
{
    private const UnixFileMode ForUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Opens a file; where it is created, for this user alone.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Creates an empty file if it is missing, before a library would create one that other users may read.</summary>
    public static void CreateIfMissing(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                Open(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite).Dispose();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process has created it meanwhile, or it cannot be created: opening it says why.
        }
    }

    /// <summary>Makes a directory that is not there, its parents with it, for this user alone.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, ForUser);
        }
    }

    /// <summary>Removes other users' rights to a file or directory; if that is not allowed, nothing is changed.</summary>
    public static void Tighten(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is var mode && (mode & ~ForUser) != 0)
            {
                File.SetUnixFileMode(path, mode & ForUser);
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
