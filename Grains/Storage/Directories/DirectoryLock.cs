using System.Globalization;
using AllData.Security;

namespace AllData.Storage.Directories;

/// <summary>
/// The lock on a data directory: the operating system holds it and frees it when the process ends, however that happens. A silo that
/// was stopped, declared dead and resumed still holds it, so that its successor cannot write at the same time.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const string LockName = "lock";
    private const string HolderName = "lock.holder";

    private readonly FileStream _lock;

    private DirectoryLock(FileStream heldLock) => _lock = heldLock;

    /// <summary>Locks a directory and writes the holder's name next to the lock.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="holderName">The holder from now on: the peer, or the command that works on the directory.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="DataDirectoryException">Another process holds the lock; the message names the peer and the process.</exception>
    public static DirectoryLock Take(string directory, string holderName, TimeProvider time)
    {
        var holderPath = Path.Combine(directory, HolderName);
        FileStream heldLock;
        try
        {
            heldLock = PrivateFiles.Open(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            throw new DataDirectoryException(
                $"The data directory {directory} is in use by {ReadHolder(holderPath)}. Stop that process, or give this silo a "
                + "directory of its own.", e);
        }

        // Next to the lock, because another process cannot open the lock file itself.
        var since = time.GetUtcNow().ToString("u", CultureInfo.InvariantCulture);
        using (var holder = new StreamWriter(PrivateFiles.Open(holderPath, FileMode.Create, FileAccess.Write, FileShare.Read)))
        {
            holder.Write($"{holderName}, process {Environment.ProcessId}, since {since}");
        }

        return new DirectoryLock(heldLock);
    }

    public void Dispose() => _lock.Dispose();

    private static string ReadHolder(string holderPath)
    {
        try
        {
            return File.ReadAllText(holderPath);
        }
        catch (IOException)
        {
            return "a process that did not say its name";
        }
    }
}
