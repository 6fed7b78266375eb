using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>A small file system of its own, in memory, that can be made full. Needs the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Mebibytes = 512;
    private const string Filler = "filler";

    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>Lays one where a directory is to be; null where that is not permitted.</summary>
    public static SmallDisk? TryMount(string path)
    {
        Directory.CreateDirectory(path);
        return TryRun("mount", "-t", "tmpfs", "-o", $"size={Mebibytes}m,mode=0700", "tmpfs", path) ? new SmallDisk(path) : null;
    }

    /// <summary>Takes all room that is left.</summary>
    public void Fill()
    {
        using var file = File.Create(Path.Combine(_path, Filler));
        var zeros = new byte[1 << 20];
        for (var size = zeros.Length; size > 0;)
        {
            try
            {
                RandomAccess.Write(file.SafeFileHandle, zeros.AsSpan(0, size), RandomAccess.GetLength(file.SafeFileHandle));
            }
            catch (IOException)
            {
                // Down to the last page.
                size /= 2;
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(Path.Combine(_path, Filler));

    /// <inheritdoc/>
    public void Dispose()
    {
        // Lazily: a process that is still ending may have a file open.
        TryRun("umount", "--lazy", _path);
    }

    private static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
