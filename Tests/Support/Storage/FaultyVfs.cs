using System.Runtime.InteropServices;

namespace AllData.Tests.Support;

/// <summary>
/// A virtual file system for SQLite that lays itself over the default one: it knows which writes have been flushed, can show the files
/// as they would be after a power loss, and fails when told to. Only connections that name it use it.
/// </summary>
internal sealed unsafe partial class FaultyVfs : IDisposable
{
    /// <summary>SQLITE_IOERR_WRITE.</summary>
    public const int WriteError = 10 | (3 << 8);

    /// <summary>SQLITE_IOERR_FSYNC.</summary>
    public const int SyncError = 10 | (4 << 8);

    /// <summary>SQLITE_FULL.</summary>
    public const int DiskFull = 13;

    /// <summary>SQLITE_READONLY_DIRECTORY.</summary>
    public const int ReadOnlyDirectory = 8 | (6 << 8);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FileContent> _files = [];
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _opened = new();
    private readonly bool _foundFilesAreDurable;
    private readonly Vfs* _real;
    private readonly Vfs* _self;
    private int _writeFault;
    private int _syncFault;
    private long _bytesRead;

    /// <summary>Registers it under a name of its own.</summary>
    /// <param name="foundFilesAreDurable">
    /// Whether files that are there already count as flushed, or as written by a process that was killed.
    /// </param>
    public FaultyVfs(bool foundFilesAreDurable = true)
    {
        _foundFilesAreDurable = foundFilesAreDurable;
        Name = $"faulty-{Guid.NewGuid():N}";
        _real = FindVfs(null);
        _self = (Vfs*)NativeMemory.AllocZeroed((nuint)sizeof(Vfs));
        *_self = *_real;
        _self->Version = 2;
        _self->FileSize = sizeof(NativeFile) + _real->FileSize;
        _self->Next = null;
        _self->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        _self->AppData = GCHandle.ToIntPtr(GCHandle.Alloc(this));
        _self->Open = &OnOpen;
        _self->Delete = &OnDelete;
        Assert.Equal(0, RegisterVfs(_self, makeDefault: 0));
    }

    /// <summary>The files that were opened, in order.</summary>
    public IReadOnlyCollection<string> Opened => _opened;

    /// <summary>The name to open databases with.</summary>
    public string Name { get; }

    /// <summary>Bytes that were read from files.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Result code of every write; 0 lets them through.</summary>
    public int WriteFault
    {
        get => Volatile.Read(ref _writeFault);
        set => Volatile.Write(ref _writeFault, value);
    }

    /// <summary>Result code of every flush; 0 lets them through.</summary>
    public int SyncFault
    {
        get => Volatile.Read(ref _syncFault);
        set => Volatile.Write(ref _syncFault, value);
    }

    /// <summary>Which files <see cref="SyncFault"/> concerns, by the end of their names; empty: all. Set before the fault.</summary>
    public string SyncFaultEnding { get; set; } = "";

    /// <summary>Writes the files as they would be if the power had failed now.</summary>
    /// <param name="source">The directory that the store uses.</param>
    /// <param name="target">A directory that receives them.</param>
    /// <param name="random">Decides which unflushed writes have reached the disk all the same; null: none.</param>
    public void WritePowerLossImage(string source, string target, Random? random)
    {
        lock (_gate)
        {
            foreach (var (path, content) in _files)
            {
                if (content.AfterPowerLoss(random) is { } bytes)
                {
                    var imagePath = Path.Combine(target, Path.GetRelativePath(source, path));
                    Directory.CreateDirectory(Path.GetDirectoryName(imagePath)!);
                    File.WriteAllBytes(imagePath, bytes);
                }
            }
        }
    }

    /// <summary>Unregisters it; all connections that use it must be closed.</summary>
    public void Dispose()
    {
        Assert.Equal(0, UnregisterVfs(_self));
        GCHandle.FromIntPtr(_self->AppData).Free();
        Marshal.FreeCoTaskMem((nint)_self->Name);
        NativeMemory.Free(_self);
    }

    private FileContent Track(string path)
    {
        _opened.Enqueue(path);
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var content))
            {
                content = new FileContent(File.Exists(path) ? File.ReadAllBytes(path) : null, _foundFilesAreDurable);
                _files.Add(path, content);
            }

            return content;
        }
    }

    private void Forget(string path)
    {
        lock (_gate)
        {
            _files.Remove(path);
        }
    }

    private void Record(FileContent? content, UnsyncedChange change)
    {
        lock (_gate)
        {
            content?.Unsynced.Add(change);
        }
    }

    private int CountUnsynced(FileContent? content)
    {
        lock (_gate)
        {
            return content?.Unsynced.Count ?? 0;
        }
    }

    private void MakeDurable(FileContent? content, int changes)
    {
        lock (_gate)
        {
            content?.MakeDurable(changes);
        }
    }

    private sealed record OpenFile(FaultyVfs Vfs, string? Path, FileContent? Content);
}
