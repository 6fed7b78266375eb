using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace AllData.Storage.Sqlite;

/// <summary>
/// SQLite's write-ahead log as it lies on the disk (https://sqlite.org/fileformat2.html#the_write_ahead_log). Its checksums are a chain: SQLite
/// stops at the first frame that does not match, and silently drops what lies behind it. This class looks behind it.
/// </summary>
internal static class WriteAheadLog
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const int PageSize = 4096;
    private const int FrameLength = FrameHeaderLength + PageSize;

    private const uint Magic = 0x377F0682;
    private const uint FormatVersion = 3_007_000;
    private const int Salts = 16;
    private const int HeaderChecksum = 24;
    private const int CommitMark = 4;
    private const int FrameSalts = 8;
    private const int FrameChecksum = 16;
    private const int SaltsLength = 8;

    /// <summary>
    /// Transactions of the log's present run at or behind the first frame that cannot be believed. A commit is flushed before the next one is
    /// written: one such transaction may be a commit that was in flight when the power failed; of two, at least one was answered.
    /// </summary>
    /// <param name="path">The log; 0 when there is none.</param>
    public static int CommitsBehindDamage(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = File.OpenHandle(path);
        return Scan(file).Commits;
    }

    /// <summary>
    /// Makes the chain of checksums whole again, up to the last commit, so that SQLite reads every page in the log. Damaged pages stay damaged: a
    /// reader must check each block by its own digest.
    /// </summary>
    public static void Mend(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var found = Scan(file);
        if (found.Commits == 0)
        {
            return;
        }

        var chain = found.IsHeaderWhole ? found.Chain : WriteHeader(file, found.Salts);
        var frame = new byte[FrameLength];
        for (var i = found.FirstBad; i <= found.LastCommit; i++)
        {
            RandomAccess.Read(file, frame, OffsetOf(i));
            found.Salts.CopyTo(frame.AsSpan(FrameSalts));
            chain = chain.Over(frame.AsSpan(0, FrameSalts)).Over(frame.AsSpan(FrameHeaderLength));
            chain.Write(frame.AsSpan(FrameChecksum));
            RandomAccess.Write(file, frame.AsSpan(0, FrameHeaderLength), OffsetOf(i));
        }

        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Writes the pages of a log with an unbroken chain into a file, up to the last commit.</summary>
    /// <param name="path">The log; nothing is written when there is none.</param>
    /// <param name="database">The file.</param>
    public static void CopyInto(string path, string database)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var file = File.OpenHandle(path);
        using var target = File.OpenHandle(database, FileMode.Open, FileAccess.ReadWrite);
        var frames = FramesUpToLastCommit(file);

        // A damaged page number must not make the file as large as it can be.
        var largest = (RandomAccess.GetLength(target) / PageSize) + frames;
        var frame = new byte[FrameLength];
        for (var i = 0L; i < frames; i++)
        {
            RandomAccess.Read(file, frame, OffsetOf(i));
            var page = BinaryPrimitives.ReadUInt32BigEndian(frame);
            if (page >= 1 && page <= largest)
            {
                RandomAccess.Write(target, frame.AsSpan(FrameHeaderLength), (page - 1L) * PageSize);
            }
        }
    }

    private static long FramesUpToLastCommit(SafeFileHandle file)
    {
        var (salts, header) = (new byte[SaltsLength], new byte[FrameHeaderLength]);
        RandomAccess.Read(file, salts, Salts);
        var frames = 0L;
        for (var i = 0L; OffsetOf(i + 1) <= RandomAccess.GetLength(file); i++)
        {
            RandomAccess.Read(file, header, OffsetOf(i));
            if (!header.AsSpan(FrameSalts, SaltsLength).SequenceEqual(salts))
            {
                break;
            }

            frames = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(CommitMark)) != 0 ? i + 1 : frames;
        }

        return frames;
    }

    private static Found Scan(SafeFileHandle file)
    {
        var frames = (RandomAccess.GetLength(file) - HeaderLength) / FrameLength;
        if (frames < 1)
        {
            return new Found(true, [], default, 0, -1, 0);
        }

        var header = new byte[HeaderLength];
        RandomAccess.Read(file, header, 0);
        var isBigEndian = (BinaryPrimitives.ReadUInt32BigEndian(header) & 1) != 0;
        var chain = new Checksum(0, 0, isBigEndian).Over(header.AsSpan(0, HeaderChecksum));
        var isWhole = chain.IsAt(header.AsSpan(HeaderChecksum));
        var frame = new byte[FrameLength];
        RandomAccess.Read(file, frame, HeaderLength);
        var salts = (isWhole ? header.AsSpan(Salts, SaltsLength) : frame.AsSpan(FrameSalts, SaltsLength)).ToArray();
        var (firstBad, lastCommit, commits) = (isWhole ? -1L : 0L, -1L, 0);
        for (var i = 0L; i < frames; i++)
        {
            RandomAccess.Read(file, frame, OffsetOf(i));
            var isOfThisRun = frame.AsSpan(FrameSalts, SaltsLength).SequenceEqual(salts);
            if (firstBad < 0)
            {
                var next = chain.Over(frame.AsSpan(0, FrameSalts)).Over(frame.AsSpan(FrameHeaderLength));
                if (isOfThisRun && next.IsAt(frame.AsSpan(FrameChecksum)))
                {
                    chain = next;
                    continue;
                }

                firstBad = i;
            }

            // Frames of earlier runs, which have been copied into the file long ago, have other salts.
            if (isOfThisRun && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(CommitMark)) != 0)
            {
                commits++;
                lastCommit = i;
            }
        }

        return new Found(isWhole, salts, chain, firstBad, lastCommit, commits);
    }

    private static Checksum WriteHeader(SafeFileHandle file, byte[] salts)
    {
        var header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt32BigEndian(header, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), FormatVersion);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), PageSize);
        salts.CopyTo(header.AsSpan(Salts));
        var chain = new Checksum(0, 0, IsBigEndian: false).Over(header.AsSpan(0, HeaderChecksum));
        chain.Write(header.AsSpan(HeaderChecksum));
        RandomAccess.Write(file, header, 0);
        return chain;
    }

    private static long OffsetOf(long frame) => HeaderLength + (frame * FrameLength);

    private sealed record Found(bool IsHeaderWhole, byte[] Salts, Checksum Chain, long FirstBad, long LastCommit, int Commits);

    /// <summary>The running checksum; the words are read in the byte order that the log names.</summary>
    private readonly record struct Checksum(uint First, uint Second, bool IsBigEndian)
    {
        public Checksum Over(ReadOnlySpan<byte> bytes)
        {
            var (first, second) = (First, Second);
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                first += Word(bytes) + second;
                second += Word(bytes[4..]) + first;
            }

            return this with { First = first, Second = second };
        }

        public bool IsAt(ReadOnlySpan<byte> stored) =>
            BinaryPrimitives.ReadUInt32BigEndian(stored) == First && BinaryPrimitives.ReadUInt32BigEndian(stored[4..]) == Second;

        public void Write(Span<byte> target)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, First);
            BinaryPrimitives.WriteUInt32BigEndian(target[4..], Second);
        }

        private uint Word(ReadOnlySpan<byte> bytes) =>
            IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
