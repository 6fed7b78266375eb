using System.Buffers.Binary;
using AllData.Events;
using Microsoft.Win32.SafeHandles;

namespace AllData.Storage.Directories;

/// <summary>What the lease file says.</summary>
/// <param name="Sequence">Counts the writes; the slot with the higher one is valid.</param>
/// <param name="LeasedUntil">Keys up to this time, inclusive (Unix milliseconds), may have been issued.</param>
/// <param name="Incarnation">Rises with every opening of the directory.</param>
/// <param name="DirectoryId">The data directory that it belongs to.</param>
internal sealed record Lease(long Sequence, long LeasedUntil, int Incarnation, Guid DirectoryId);

/// <summary>
/// Two slots of 512 bytes that are overwritten in turn, in place: one write and one flush into space that exists. A write that is torn
/// leaves the other slot as it was. docs/block-format.md has the layout.
/// </summary>
internal sealed class LeaseFile : IDisposable
{
    private const int SlotLength = 512;
    private const ushort FormatVersion = 1;

    private const int VersionOffset = 4;
    private const int SequenceOffset = 8;
    private const int LeasedUntilOffset = 16;
    private const int IncarnationOffset = 24;
    private const int DirectoryOffset = 32;
    private const int DigestOffset = SlotLength - EventDigest.BinaryLength;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly Action<SafeFileHandle> _flush;
    private int _nextSlot;
    private Exception? _failure;

    private LeaseFile(string path, SafeFileHandle handle, Action<SafeFileHandle> flush, Lease current, int currentSlot, bool isOtherDamaged)
    {
        _path = path;
        _handle = handle;
        _flush = flush;
        Current = current;
        _nextSlot = 1 - currentSlot;
        IsNewestUnknown = isOtherDamaged;
    }

    private static ReadOnlySpan<byte> Magic => "ADLS"u8;

    /// <summary>What is durable.</summary>
    public Lease Current { get; private set; }

    /// <summary>
    /// Whether the other slot could not be read when the file was opened. A write that was torn and one that was damaged later look alike: it may have
    /// been the newest one, and keys and block ids may have been issued by it.
    /// </summary>
    public bool IsNewestUnknown { get; }

    /// <summary>When the file was last written, as the clock was then; milliseconds since 1970 UTC.</summary>
    public long LastWritten => new DateTimeOffset(File.GetLastWriteTimeUtc(_path)).ToUnixTimeMilliseconds();

    /// <summary>Writes the file of a new data directory.</summary>
    public static void Create(string path, Guid directoryId)
    {
        var bytes = new byte[2 * SlotLength];
        WriteSlot(bytes, new Lease(0, 0, 0, directoryId));
        DurableFiles.Replace(path, bytes);
    }

    /// <summary>Opens the file and takes the slot that is intact and newest.</summary>
    /// <param name="path">The file.</param>
    /// <param name="flush">Flushes it to disk.</param>
    /// <exception cref="DataDirectoryException">There is no file or no intact slot.</exception>
    public static LeaseFile Open(string path, Action<SafeFileHandle> flush)
    {
        if (!File.Exists(path))
        {
            throw new DataDirectoryException(
                $"{path} is missing. Without it keys could be issued twice: put it back, or give the directory a new identity, which keeps its "
                + $"events: {WaysOut.RenewDirectory(Path.GetDirectoryName(path)!)}");
        }

        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var bytes = new byte[2 * SlotLength];
            RandomAccess.Read(handle, bytes, fileOffset: 0);
            var isNew = bytes.AsSpan(SlotLength).IndexOfAnyExcept((byte)0) < 0;
            var slots = new[] { ReadSlot(path, bytes.AsSpan(0, SlotLength)), ReadSlot(path, bytes.AsSpan(SlotLength)) };
            var newest = (slots[0]?.Sequence ?? -1) >= (slots[1]?.Sequence ?? -1) ? 0 : 1;

            // In a file that has not been written to since it was made, the second slot is still empty.
            var isOtherDamaged = slots[1 - newest] is null && !(isNew && slots[newest] is { Sequence: 0 });
            return slots[newest] is { } current
                ? new LeaseFile(path, handle, flush, current, newest, isOtherDamaged)
                : throw new DataDirectoryException(
                    $"{path} is damaged in both of its copies. Without it keys could be issued twice: put a copy back, or give the directory a new "
                    + $"identity, which keeps its events: {WaysOut.RenewDirectory(Path.GetDirectoryName(path)!)}");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Makes a new state durable.</summary>
    /// <exception cref="DataDirectoryException">Writing or flushing failed, now or before.</exception>
    public void Write(long leasedUntil, int incarnation)
    {
        // After one failed flush the system may report the next one as good without having written: only a new start may try again.
        if (_failure is not null)
        {
            throw Failed(_failure);
        }

        var next = Current with { Sequence = Current.Sequence + 1, LeasedUntil = leasedUntil, Incarnation = incarnation };
        Span<byte> slot = stackalloc byte[SlotLength];
        WriteSlot(slot, next);
        try
        {
            RandomAccess.Write(_handle, slot, fileOffset: _nextSlot * SlotLength);
            _flush(_handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e;
            throw Failed(e);
        }

        Current = next;
        _nextSlot = 1 - _nextSlot;
    }

    public void Dispose() => _handle.Dispose();

    private DataDirectoryException Failed(Exception e) =>
        new($"{_path} could not be written: {e.Message} No more keys may be issued here until the silo is started again.", e);

    private static void WriteSlot(Span<byte> slot, Lease lease)
    {
        slot.Clear();
        Magic.CopyTo(slot);
        BinaryPrimitives.WriteUInt16LittleEndian(slot[VersionOffset..], FormatVersion);
        BinaryPrimitives.WriteInt64LittleEndian(slot[SequenceOffset..], lease.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[LeasedUntilOffset..], lease.LeasedUntil);
        BinaryPrimitives.WriteInt32LittleEndian(slot[IncarnationOffset..], lease.Incarnation);
        lease.DirectoryId.TryWriteBytes(slot[DirectoryOffset..], bigEndian: true, out _);
        EventDigest.Of(slot[..DigestOffset]).WriteTo(slot[DigestOffset..]);
    }

    private static Lease? ReadSlot(string path, ReadOnlySpan<byte> slot)
    {
        if (!slot.StartsWith(Magic) || EventDigest.Of(slot[..DigestOffset]) != EventDigest.ReadFrom(slot[DigestOffset..]))
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(slot[VersionOffset..]);
        return version == FormatVersion
            ? new Lease(
                BinaryPrimitives.ReadInt64LittleEndian(slot[SequenceOffset..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[LeasedUntilOffset..]),
                BinaryPrimitives.ReadInt32LittleEndian(slot[IncarnationOffset..]),
                new Guid(slot.Slice(DirectoryOffset, 16), bigEndian: true))
            : throw new DataDirectoryException(
                $"{path} has format version {version}; this program knows version {FormatVersion}. Use a newer program.");
    }
}
