using System.Security.Cryptography;
using AllData.Client.Files;
using AllData.Intervals;

namespace AllData.Client.Export;

/// <summary>
/// The directory that is exported to. Everything is written below <c>_temporary</c> and appears by one rename, an interval at a time:
/// <c>interval=20261122T000000/</c>, or in it <c>version=1/</c>. One export at a time: the operating system lets go of the lock of a killed one.
/// </summary>
internal sealed class ExportDirectory : IDisposable
{
    private const string TemporaryName = "_temporary";
    private const string LockName = "lock";

    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _lock;

    private ExportDirectory(string path, FileStream taken)
    {
        (_path, _lock) = (path, taken);
        _temporary = Path.Combine(path, TemporaryName);
    }

    /// <summary>Opens the directory, creates it if it is missing, and removes what a killed export has left.</summary>
    /// <exception cref="ExportException">It cannot be written to, or another export is running there.</exception>
    public static ExportDirectory Open(string path)
    {
        try
        {
            var temporary = Path.Combine(path, TemporaryName);
            ExportNames.RefuseLink(temporary);
            Directory.CreateDirectory(temporary);
            ExportNames.RefuseLink(Path.Combine(temporary, LockName));
            var taken = new FileStream(
                Path.Combine(temporary, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            var directory = new ExportDirectory(path, taken);
            directory.ClearOrRelease();
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ExportException(
                $"{path} cannot be exported to: {e.Message.TrimEnd('.')}. If another export is running there, wait for its end; otherwise give another "
                    + "--out.", e);
        }
    }

    /// <summary>Where an interval appears.</summary>
    /// <exception cref="ExportException">It lies there without versions, and is to have some.</exception>
    public string PathOf(ExportUnit unit)
    {
        var path = Path.Combine(_path, NameOf(unit.Interval));
        return unit.Version is not { } version ? path
            : !File.Exists(Path.Combine(path, ExportManifest.FileName)) ? Path.Combine(path, $"{ExportNames.VersionPrefix}{version}")
            : throw new ExportException($"{path} was exported without --follow, and has no versions: it is left alone. Move it away, or give another --out.");
    }

    /// <summary>
    /// An empty directory to write an interval to. No other process has its name: what two write that both believe to have the lock is never mixed.
    /// </summary>
    public string Begin(ExportUnit unit) =>
        Directory.CreateDirectory(Path.Combine(_temporary, $"{NameOf(unit.Interval)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}")).FullName;

    /// <summary>Makes an interval appear.</summary>
    /// <param name="unit">The interval.</param>
    /// <param name="written">What <see cref="Begin"/> returned.</param>
    /// <param name="replaces">Whether what lies there is replaced; otherwise there must be nothing.</param>
    /// <exception cref="IOException">There is something.</exception>
    public void Publish(ExportUnit unit, string written, bool replaces)
    {
        var visible = PathOf(unit);
        DirectoryFlush.Flush(written);
        ExportNames.RefuseLink(visible);
        var parent = Path.GetDirectoryName(visible)!;
        if (parent != _path)
        {
            ExportNames.RefuseLink(parent);
            Directory.CreateDirectory(parent);
        }

        if (replaces && Directory.Exists(visible))
        {
            // Between the two renames there is neither: better than a mixture, and a repeated export makes good for it.
            Directory.Move(visible, Path.Combine(_temporary, ExportNames.ReplacedPrefix + NameOf(unit.Interval)));
        }

        Directory.Move(written, visible);
        DirectoryFlush.Flush(parent);
        DirectoryFlush.Flush(_path);
        Clear();
    }

    /// <summary>Removes what was not published.</summary>
    public void Clear()
    {
        foreach (var directory in Directory.GetDirectories(_temporary))
        {
            ExportNames.Delete(directory);
        }
    }

    private void ClearOrRelease()
    {
        try
        {
            Clear();
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Clear();
            _lock.Dispose();
            Directory.Delete(_temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ExportException)
        {
            // Nothing reads what is left here, and the next export clears it.
            _lock.Dispose();
        }
    }

    private static string NameOf(Interval interval) => ExportNames.IntervalPrefix + interval;
}
