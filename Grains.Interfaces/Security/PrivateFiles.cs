using System.Security.Cryptography;

namespace AllData.Security;

/// <summary>
/// Files and directories that only the user of the process may read and write, whatever its umask says. Windows has no such modes: there the
/// directory's own access list decides.
/// </summary>
internal static class PrivateFiles
{
    /// <summary>What the user may do.</summary>
    public const UnixFileMode ForUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;

    /// <summary>Refuses a file with a key that others may read or change.</summary>
    /// <exception cref="CryptographicException">They may.</exception>
    public static void RefuseReadable(string file)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & OfOthers) != 0)
        {
            throw new CryptographicException($"others may read or change the key in {file}: chmod 600 '{file}'.");
        }
    }

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

    /// <summary>Writes a file in the place of the one that is there, whole or not at all.</summary>
    public static void Write(string path, string text)
    {
        var made = $"{path}.new";
        using (var writer = new StreamWriter(Open(made, FileMode.Create, FileAccess.Write, FileShare.None)))
        {
            writer.Write(text);
        }

        File.Move(made, path, overwrite: true);
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
}
