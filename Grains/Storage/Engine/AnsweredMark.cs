using System.Buffers.Binary;
using AllData.Events;
using AllData.Security;
using AllData.Storage.Directories;

namespace AllData.Storage.Engine;

/// <summary>
/// How far an open interval has been answered: the number (<c>seq</c>) of the last block, in the log store of the last commit, in a small file next to it.
/// It is written after each flush but never flushed itself, so it costs a put nothing. The system keeps it when the process is killed; after a power loss
/// it may be too old, never too new. A log with less than the mark says has lost blocks that were answered.
/// </summary>
internal sealed class AnsweredMark(string path) : IDisposable
{
    private const int Length = 32;
    private const int NumberOffset = 8;
    private const int DigestOffset = Length - EventDigest.BinaryLength;

    private FileStream? _file;
    private bool _cannotBeWritten;

    private static ReadOnlySpan<byte> Magic => "ADAM\u0001\0\0\0"u8;

    /// <summary>The number in a mark; 0 when there is none, or it is damaged.</summary>
    public static long Read(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        var mark = File.ReadAllBytes(path).AsSpan();
        return mark.Length == Length && mark.StartsWith(Magic) && EventDigest.Of(mark[..DigestOffset]) == EventDigest.ReadFrom(mark[DigestOffset..])
            ? BinaryPrimitives.ReadInt64LittleEndian(mark[NumberOffset..])
            : 0;
    }

    /// <summary>What has numbers up to this one is flushed. A mark that cannot be written is left out: it is needed only after damage.</summary>
    public void Write(long number)
    {
        if (_cannotBeWritten)
        {
            return;
        }

        Span<byte> mark = stackalloc byte[Length];
        Magic.CopyTo(mark);
        BinaryPrimitives.WriteInt64LittleEndian(mark[NumberOffset..], number);
        EventDigest.Of(mark[..DigestOffset]).WriteTo(mark[DigestOffset..]);
        try
        {
            _file ??= PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.Write(_file.SafeFileHandle, mark, fileOffset: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _cannotBeWritten = true;
        }
    }

    /// <summary>All that was answered is in the interval's own file: the mark is no longer needed.</summary>
    public void Remove()
    {
        Dispose();
        Remove(path);
    }

    /// <summary>Removes the mark of an interval that is not open, if there is one.</summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It never claims more than the file has.
        }
    }

    /// <summary>Closes the file; the mark stays.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
