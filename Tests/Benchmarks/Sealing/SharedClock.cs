using System.IO.MemoryMappedFiles;

namespace AllData.Benchmarks;

/// <summary>
/// A clock that is ahead of the machine's by what a file says that several processes have mapped: all of them see it set ahead at the same moment. Timers and
/// the monotonic clock go on as they are.
/// </summary>
internal sealed class SharedClock : TimeProvider, IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _shift;

    private SharedClock(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, sizeof(long), MemoryMappedFileAccess.ReadWrite);
        _shift = _file.CreateViewAccessor(0, sizeof(long), MemoryMappedFileAccess.ReadWrite);
    }

    /// <summary>The time now, milliseconds since 1970 UTC.</summary>
    public long UnixMilliseconds => GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Makes the file; the clock is right.</summary>
    public static SharedClock Create(string path)
    {
        File.WriteAllBytes(path, new byte[sizeof(long)]);
        return new SharedClock(path);
    }

    /// <summary>The clock of a file that another process has made.</summary>
    public static SharedClock Open(string path) => new(path);

    /// <summary>Sets the clock ahead, in all processes. Only one of them does.</summary>
    public void Advance(TimeSpan by) => _shift.Write(0, _shift.ReadInt64(0) + by.Ticks);

    /// <summary>Sets the clock ahead to a time, if it has not come yet.</summary>
    /// <param name="unixMilliseconds">Milliseconds since 1970 UTC.</param>
    public void AdvanceTo(long unixMilliseconds)
    {
        if (unixMilliseconds - UnixMilliseconds is > 0 and var left)
        {
            Advance(TimeSpan.FromMilliseconds(left));
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(_shift.ReadInt64(0));

    /// <inheritdoc/>
    public void Dispose()
    {
        _shift.Dispose();
        _file.Dispose();
    }
}
