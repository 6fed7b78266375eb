using System.Runtime.InteropServices;
using AllData.Security;
using Microsoft.Win32.SafeHandles;

namespace AllData.Storage.Directories;

/// <summary>Makes small files durable: their content and the directory entry that leads to it.</summary>
internal static class DurableFiles
{
    private const int ReadOnlyAccess = 0;

    /// <summary>Replaces a file atomically: after a power loss it is there with either its old or its new content.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = TemporaryOf(path);
        using (var file = PrivateFiles.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(content);

            // Without it the rename could become durable before the content, and leave an empty file under the name.
            file.Flush(flushToDisk: true);
        }

        Rename(temporary, path);
    }

    /// <summary>Renames a file, over an existing one if there is one, so that the change survives a power loss.</summary>
    public static void Rename(string path, string newPath)
    {
        File.Move(path, newPath, overwrite: true);
        Flush(Path.GetDirectoryName(newPath)!);
    }

    /// <summary>The file that <see cref="Replace"/> writes before it has the name of the other. A failure leaves it behind.</summary>
    public static string TemporaryOf(string path) => path + ".new";

    /// <summary>Makes a file read-only, durably, so that its content is not changed by mistake.</summary>
    public static void MakeReadOnly(string path)
    {
        File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);
        Flush(path);
        Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes a file writable again.</summary>
    public static void MakeWritable(string path)
    {
        var attributes = File.GetAttributes(path);
        if (attributes.HasFlag(FileAttributes.ReadOnly))
        {
            File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
        }
    }

    /// <summary>Creates a directory for this user alone, if it is missing, whose entry survives a power loss.</summary>
    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path);
        if (!string.IsNullOrEmpty(parent))
        {
            CreateDirectory(parent);
        }

        PrivateFiles.CreateDirectory(path);
        Flush(parent);
    }

    /// <summary>Makes the entry of a file that was created, or is gone, durable.</summary>
    public static void FlushDirectoryOf(string path) => Flush(Path.GetDirectoryName(path));

    /// <summary>
    /// Makes the content of a file durable, with what is needed to find it again. On Linux it leaves out the time of the last change, which costs a write of
    /// its own.
    /// </summary>
    /// <exception cref="IOException">It failed: any part of what was written since the last time may be lost.</exception>
    public static void FlushData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        if (FlushContent(file) != 0)
        {
            throw new IOException($"The file cannot be flushed: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    // A created or renamed file is durable only once its directory is flushed. .NET opens no directories; Windows needs no such flush.
    private static void Flush(string? path)
    {
        if (OperatingSystem.IsWindows() || string.IsNullOrEmpty(path))
        {
            return;
        }

        var descriptor = OpenDescriptor(path, ReadOnlyAccess);
        if (descriptor < 0)
        {
            throw new IOException($"{path} cannot be opened to flush it: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        var flushed = FlushDescriptor(descriptor);
        var reason = Marshal.GetLastPInvokeErrorMessage();
        _ = CloseDescriptor(descriptor);
        if (flushed != 0)
        {
            throw new IOException($"{path} cannot be flushed: {reason}.");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenDescriptor([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int FlushContent(SafeFileHandle file);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FlushDescriptor(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int CloseDescriptor(int descriptor);
}
