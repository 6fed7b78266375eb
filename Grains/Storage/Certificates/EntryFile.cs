using System.Buffers.Binary;
using System.Text;
using AllData.Certificates;
using AllData.Security;
using AllData.Storage.Directories;
using Microsoft.Win32.SafeHandles;

namespace AllData.Storage.Certificates;

/// <summary>
/// The texts of a certificate log, one after the other in one file that only grows: after eight bytes that name the format, for each its length (4 bytes,
/// big-endian), the hash of its leaf (32 bytes) and the text as UTF-8.
/// </summary>
internal sealed class EntryFile : IDisposable
{
    private const int FrameLength = sizeof(int) + TreeHash.BinaryLength;

    private static readonly byte[] Magic = "ADCERT\0\x01"u8.ToArray();

    private readonly string _path;
    private readonly CertificateFileSeams _seams;
    private readonly SafeFileHandle _file;

    // Where each text begins, and where the next frame begins.
    private readonly List<(long At, int Length)> _texts = [];
    private long _end = Magic.Length;

    private EntryFile(string path, CertificateFileSeams seams, SafeFileHandle file)
    {
        _path = path;
        _seams = seams;
        _file = file;
    }

    /// <summary>Opens the file, or creates it; its name is durable when this returns.</summary>
    /// <exception cref="FormatException">It is not such a file.</exception>
    public static EntryFile Open(string path, CertificateFileSeams seams)
    {
        var isNew = !File.Exists(path);
        using (PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read))
        {
            // Created for this user alone.
        }

        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var length = RandomAccess.GetLength(file);
            Span<byte> head = stackalloc byte[Magic.Length];
            var read = RandomAccess.Read(file, head, 0);
            if (read == head.Length ? !head.SequenceEqual(Magic) : !Magic.AsSpan().StartsWith(head[..read]) || length != read)
            {
                throw new FormatException("it is no file of certificates, or of a newer program");
            }

            // A crash may have left the beginning of the first write.
            RandomAccess.Write(file, Magic, 0);
            RandomAccess.FlushToDisk(file);
            if (isNew)
            {
                DurableFiles.FlushDirectoryOf(path);
            }

            return new EntryFile(path, seams, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads entries from the beginning, as long as they are intact, and stands behind the last one.</summary>
    /// <param name="count">How many, at most.</param>
    public IEnumerable<string> ReadFirst(long count)
    {
        while (_texts.Count < count && ReadFrame(_end) is { } text)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            _texts.Add((_end + FrameLength, length));
            _end += FrameLength + length;
            yield return text;
        }
    }

    /// <summary>Cuts off what lies behind the entries that were read: no valid head covers it.</summary>
    public void CutRest()
    {
        if (RandomAccess.GetLength(_file) > _end)
        {
            RandomAccess.SetLength(_file, _end);
            RandomAccess.FlushToDisk(_file);
        }
    }

    /// <summary>Appends texts; durable when it returns.</summary>
    public void Append(IReadOnlyList<string> texts)
    {
        var places = new List<(long At, int Length)>(texts.Count);
        var end = _end;
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var frame = new byte[FrameLength + bytes.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame, bytes.Length);
            TreeHash.OfLeaf(bytes).WriteTo(frame.AsSpan(sizeof(int)));
            bytes.CopyTo(frame, FrameLength);
            RandomAccess.Write(_file, frame, end);
            places.Add((end + FrameLength, bytes.Length));
            end += frame.Length;
        }

        _seams.Reached(CertificateFileStep.EntriesWritten);
        RandomAccess.FlushToDisk(_file);
        _seams.Reached(CertificateFileStep.EntriesFlushed);
        _texts.AddRange(places);
        _end = end;
    }

    /// <summary>Reads the text of an entry, and checks it.</summary>
    /// <exception cref="IOException">It is not what was written.</exception>
    public string Read(int index) => ReadFrame(_texts[index].At - FrameLength)
        ?? throw new IOException($"{_path}: entry {index} is not what was written.");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private string? ReadFrame(long at)
    {
        Span<byte> frame = stackalloc byte[FrameLength];
        if (RandomAccess.Read(_file, frame, at) != FrameLength
            || BinaryPrimitives.ReadInt32BigEndian(frame) is not (> 0 and <= IntervalCertificate.MaxLength and var length))
        {
            return null;
        }

        var bytes = new byte[length];
        return RandomAccess.Read(_file, bytes, at + FrameLength) == length && TreeHash.OfLeaf(bytes) == TreeHash.ReadFrom(frame[sizeof(int)..])
            ? Encoding.UTF8.GetString(bytes)
            : null;
    }
}
