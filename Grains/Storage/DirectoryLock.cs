using System.Globalization;
using AllData.Peers;

namespace AllData.Storage;

/// <summary>
/// The lock on a data directory: the operating system holds it and frees it when the process ends, however that happens. A silo that
/// was stopped, declared dead and resumed still holds it, so that its successor cannot write beside it.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const string LockName = "lock";
    private const string HolderName = "lock.holder";

    private readonly FileStream _lock;

    private DirectoryLock(FileStream heldLock) => _lock = heldLock;

    /// <summary>Locks a directory and writes beside the lock who holds it.</summary>
    /// <exception cref="DataDirectoryException">Somebody holds it; the message names the peer and the process.</exception>
    public static DirectoryLock Take(string directory, PeerId peer, TimeProvider time)
    {
        var holderPath = Path.Combine(directory, HolderName);
        FileStream heldLock;
        try
        {
            heldLock = new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            throw new DataDirectoryException(
                $"The data directory {directory} is in use by {ReadHolder(holderPath)}. Stop that process, or give this silo a "
                + "directory of its own.", e);
        }

        // Beside the lock, because the lock file itself cannot be opened by anybody else.
        var since = time.GetUtcNow().ToString("u", CultureInfo.InvariantCulture);
        File.WriteAllText(holderPath, $"peer '{peer}', process {Environment.ProcessId}, since {since}");
        return new DirectoryLock(heldLock);
    }

    /// <summary>Frees the lock.</summary>
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
