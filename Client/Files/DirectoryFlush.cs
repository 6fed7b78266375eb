using System.ComponentModel;
using System.Runtime.InteropServices;

namespace AllData.Client.Files;

/// <summary>Makes the names in a directory durable. Without it a power failure may undo a rename whose files are on disk.</summary>
internal static class DirectoryFlush
{
    private const int ReadOnly = 0;

    /// <summary>Flushes it; on Windows there is no such call, and none is needed.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw Failure(directory);
        }

        try
        {
            if (Sync(descriptor) != 0)
            {
                throw Failure(directory);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string directory) =>
        new($"Directory {directory} cannot be flushed to disk: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
