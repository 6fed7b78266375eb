using AllData.Client.Files;
using AllData.Intervals;

namespace AllData.Client.Export;

/// <summary>
/// The directory that is exported to. Everything is written below <c>_temporary</c> and appears by one rename, an interval at a time:
/// <c>interval=20261122T000000/</c>. One export at a time.
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
    public string PathOf(Interval interval) => Path.Combine(_path, NameOf(interval));

    /// <summary>An empty directory to write an interval to.</summary>
    public string Begin(Interval interval) => Directory.CreateDirectory(Path.Combine(_temporary, NameOf(interval))).FullName;

    /// <summary>Makes an interval appear, in place of an earlier export of it.</summary>
    public void Publish(Interval interval)
    {
        var (written, visible) = (Path.Combine(_temporary, NameOf(interval)), PathOf(interval));
        DirectoryFlush.Flush(written);
        ExportNames.RefuseLink(visible);
        if (Directory.Exists(visible))
        {
            // Between the two renames there is neither: better than a mixture, and a repeated export makes good for it.
            Directory.Move(visible, Path.Combine(_temporary, ExportNames.ReplacedPrefix + NameOf(interval)));
        }

        Directory.Move(written, visible);
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
