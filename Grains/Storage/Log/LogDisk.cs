using AllData.Security;
using AllData.Storage.Directories;

namespace AllData.Storage.Log;

/// <summary>A file of the log store. Reading may be done by several threads at once.</summary>
internal interface ILogFile : IDisposable
{
    /// <summary>Its length.</summary>
    long Length { get; }

    /// <summary>Reads at a place; returns how many bytes there were, fewer only at the end of the file.</summary>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes all bytes at a place, or throws an <see cref="IOException"/>.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file, or extends it by zeros.</summary>
    void SetLength(long length);

    /// <summary>Makes durable what was written; a failure says nothing about which of it is.</summary>
    void Flush();
}

/// <summary>What the log store does to files, so that tests can make it fail.</summary>
internal interface ILogDisk
{
    /// <summary>Makes an empty file, over one that is there.</summary>
    ILogFile Create(string path);

    /// <summary>Opens a file.</summary>
    ILogFile Open(string path, bool isWritable);

    /// <summary>Makes the entries of a file's directory durable.</summary>
    void FlushDirectoryOf(string path);

    /// <summary>Renames a file, over one that is there, durably.</summary>
    void Rename(string path, string newPath);

    /// <summary>Removes a file that is there.</summary>
    void Delete(string path);
}

/// <summary>The system's files.</summary>
internal sealed class SystemLogDisk : ILogDisk
{
    /// <summary>The only one.</summary>
    public static SystemLogDisk Instance { get; } = new();

    /// <inheritdoc/>
    public ILogFile Create(string path) => new SystemLogFile(
        PrivateFiles.Open(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public ILogFile Open(string path, bool isWritable) => new SystemLogFile(PrivateFiles.Open(
        path, FileMode.Open, isWritable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public void FlushDirectoryOf(string path) => DurableFiles.FlushDirectoryOf(path);

    /// <inheritdoc/>
    public void Rename(string path, string newPath) => DurableFiles.Rename(path, newPath);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    private sealed class SystemLogFile(FileStream stream) : ILogFile
    {
        public long Length => RandomAccess.GetLength(stream.SafeFileHandle);

        public int Read(Span<byte> destination, long offset)
        {
            var read = 0;
            while (read < destination.Length && RandomAccess.Read(stream.SafeFileHandle, destination[read..], offset + read) is > 0 and var more)
            {
                read += more;
            }

            return read;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(stream.SafeFileHandle, bytes, offset);

        public void SetLength(long length) => RandomAccess.SetLength(stream.SafeFileHandle, length);

        public void Flush() => DurableFiles.FlushData(stream.SafeFileHandle);

        public void Dispose() => stream.Dispose();
    }
}
