using System.Buffers.Binary;
using System.Text;
using AllData.Events;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>Up to where an index knows the records of an interval.</summary>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Offset">Where the next record begins.</param>
/// <param name="Commit">The last commit.</param>
/// <param name="IsPromised">Whether the interval is promised closed.</param>
internal readonly record struct IndexPosition(int Segment, long Offset, long Commit, bool IsPromised);

/// <summary>
/// Rows of an index as they lie in a file: whole in the file of a closed interval, and one after the other in a checkpoint, where each adds to those before.
/// </summary>
/// <param name="IsWhole">Whether it needs none before it.</param>
/// <param name="Position">Up to where it knows the records.</param>
/// <param name="Segments">The ids of the segments that its entries name.</param>
internal sealed record IndexFrame(bool IsWhole, IndexPosition Position, IReadOnlyDictionary<int, Guid> Segments)
{
    private const int HeaderLength = 96;
    private const int SegmentLength = 20;
    private const int EntryLength = 4 + BlockEntry.BinaryLength;
    private const int BucketLength = 48;
    private const int LateLength = 56;
    private const int Piece = 1024;
    private const ushort WholeFlag = 1;
    private const ushort PromisedFlag = 2;

    // What no index has: a count beyond it is not believed before its sum is.
    private const int MostRows = 1 << 28;

    private static ReadOnlySpan<byte> Magic => "ADLI"u8;

    /// <summary>Writes a frame.</summary>
    /// <param name="writer">Writes the file.</param>
    /// <param name="file">The file's id.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="entryOf">The entry of a number.</param>
    public void Write(LogStreamWriter writer, Guid file, IndexRows rows, Func<int, BlockEntry> entryOf)
    {
        writer.RestartSum();
        WriteHeader(writer, file, rows);
        Span<byte> bytes = stackalloc byte[SegmentLength];
        foreach (var (number, id) in Segments)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            id.TryWriteBytes(bytes[4..], bigEndian: true, out _);
            writer.Write(bytes);
        }

        Span<byte> entry = stackalloc byte[EntryLength];
        foreach (var number in rows.Numbers)
        {
            BinaryPrimitives.WriteInt32LittleEndian(entry, number);
            entryOf(number).WriteTo(entry[4..]);
            writer.Write(entry);
        }

        rows.Buckets.ForEach(row => Write(writer, row));
        rows.Copysets.ForEach(row => Write(writer, row));
        rows.Topics.ForEach(row => Write(writer, row));
        rows.Late.ForEach(row => Write(writer, row));
        writer.WriteSum();
    }

    /// <summary>Reads a frame into an index; null when no whole one is there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="id">The file's id.</param>
    /// <param name="start">Where the frame begins.</param>
    /// <param name="index">Receives the rows; unchanged when the frame is not whole.</param>
    /// <param name="end">Where the frame ends.</param>
    public static IndexFrame? Read(ILogFile file, Guid id, long start, IntervalIndex index, out long end)
    {
        end = start;
        try
        {
            if (!IsWholeAt(file, id, start, out end))
            {
                return null;
            }

            return ReadAll(new LogStreamReader(file, start), index);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // Before anything of it is believed.
    private static bool IsWholeAt(ILogFile file, Guid id, long start, out long end)
    {
        end = start;
        var reader = new LogStreamReader(file, start);
        var header = reader.Read(HeaderLength);
        if (!header.StartsWith(Magic) || BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) != LogFormat.Version
            || new Guid(header.Slice(56, 16), bigEndian: true) != id || BinaryPrimitives.ReadInt64LittleEndian(header[72..]) != start
            || BinaryPrimitives.ReadInt64LittleEndian(header[80..]) is not (>= HeaderLength and var length) || length > file.Length - start)
        {
            return false;
        }

        for (var left = length - HeaderLength - sizeof(ulong); left > 0; left -= Math.Min(left, Piece))
        {
            reader.Read((int)Math.Min(left, Piece));
        }

        end = start + length;
        return reader.ReadSum();
    }

    private void WriteHeader(LogStreamWriter writer, Guid file, IndexRows rows)
    {
        Span<byte> bytes = stackalloc byte[HeaderLength];
        bytes.Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], LogFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], (ushort)((IsWhole ? WholeFlag : 0) | (Position.IsPromised ? PromisedFlag : 0)));
        ReadOnlySpan<int> counts = [rows.Numbers.Count, rows.Buckets.Count, rows.Copysets.Count, rows.Topics.Count, rows.Late.Count, Segments.Count];
        for (var i = 0; i < counts.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(8 + (4 * i))..], counts[i]);
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes[32..], Position.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], Position.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], Position.Commit);
        file.TryWriteBytes(bytes[56..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[72..], writer.Position);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[80..], LengthOf(rows));
        writer.Write(bytes);
    }

    private static IndexFrame? ReadAll(LogStreamReader reader, IntervalIndex index)
    {
        var header = reader.Read(HeaderLength);
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        Span<int> counts = stackalloc int[6];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = BinaryPrimitives.ReadInt32LittleEndian(header[(8 + (4 * i))..]);
            if (counts[i] is < 0 or > MostRows)
            {
                return null;
            }
        }

        var position = new IndexPosition(
            BinaryPrimitives.ReadInt32LittleEndian(header[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[48..]),
            (flags & PromisedFlag) != 0);
        var segments = ReadSegments(reader, counts[5]);
        ReadEntries(reader, counts[0], index);
        var rows = new IndexRows
        {
            Numbers = [],
            Buckets = ReadRows(reader, counts[1], ReadBucket),
            Copysets = ReadRows(reader, counts[2], ReadCopyset),
            Topics = ReadRows(reader, counts[3], ReadTopic),
            Late = ReadRows(reader, counts[4], ReadLate),
        };
        index.Load(rows);
        return new IndexFrame((flags & WholeFlag) != 0, position, segments);
    }

    private long LengthOf(IndexRows rows) => HeaderLength + ((long)SegmentLength * Segments.Count) + ((long)EntryLength * rows.Numbers.Count)
        + ((long)BucketLength * rows.Buckets.Count) + rows.Copysets.Sum(static row => 8L + sizeof(ushort) + Encoding.UTF8.GetByteCount(row.Members))
        + rows.Topics.Sum(static row => 16L + sizeof(ushort) + Encoding.UTF8.GetByteCount(row.Topic.Value)) + ((long)LateLength * rows.Late.Count)
        + sizeof(ulong);

    private static Dictionary<int, Guid> ReadSegments(LogStreamReader reader, int count)
    {
        var segments = new Dictionary<int, Guid>();
        for (var i = 0; i < count; i++)
        {
            var bytes = reader.Read(SegmentLength);
            segments[BinaryPrimitives.ReadInt32LittleEndian(bytes)] = new Guid(bytes[4..], bigEndian: true);
        }

        return segments;
    }

    private static void ReadEntries(LogStreamReader reader, int count, IntervalIndex index)
    {
        for (var i = 0; i < count; i++)
        {
            var bytes = reader.Read(EntryLength);
            var number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (number is < 1 or > MostRows)
            {
                throw new LogDamageException("the index has an impossible number");
            }

            index.Load(number, BlockEntry.ReadFrom(bytes[4..]));
        }
    }

    private static List<T> ReadRows<T>(LogStreamReader reader, int count, Func<LogStreamReader, T> read)
    {
        var rows = new List<T>();
        for (var i = 0; i < count; i++)
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static void Write(LogStreamWriter writer, BucketSum row)
    {
        Span<byte> bytes = stackalloc byte[BucketLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, row.UnixMinute.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], row.Copyset.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], row.Blocks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], row.Events);
        row.DigestSum.WriteTo(bytes[32..]);
        writer.Write(bytes);
    }

    private static BucketSum ReadBucket(LogStreamReader reader)
    {
        var bytes = reader.Read(BucketLength);
        return new BucketSum(
            new CopysetId(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])),
            new UnixMinute(BinaryPrimitives.ReadInt64LittleEndian(bytes)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            EventDigest.ReadFrom(bytes[32..]));
    }

    private static void Write(LogStreamWriter writer, CopysetRow row)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, row.Id.Value);
        writer.Write(bytes);
        WriteText(writer, row.Members);
    }

    private static CopysetRow ReadCopyset(LogStreamReader reader)
    {
        var id = new CopysetId(BinaryPrimitives.ReadInt64LittleEndian(reader.Read(8)));
        return new CopysetRow(id, ReadText(reader));
    }

    private static void Write(LogStreamWriter writer, TopicRow row)
    {
        WriteText(writer, row.Topic.Value);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, row.Minute.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], row.Bucket.Value);
        writer.Write(bytes);
    }

    private static TopicRow ReadTopic(LogStreamReader reader)
    {
        var topic = Topic.Parse(ReadText(reader));
        var bytes = reader.Read(16);
        return new TopicRow(
            topic, new UnixMinute(BinaryPrimitives.ReadInt64LittleEndian(bytes)), new CopysetId(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])));
    }

    private static void Write(LogStreamWriter writer, LateRow row)
    {
        Span<byte> bytes = stackalloc byte[LateLength];
        row.Arrival.WriteTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], row.Number);
        row.LastArrival.WriteTo(bytes[16..]);
        row.First.WriteTo(bytes[28..]);
        row.Last.WriteTo(bytes[40..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[52..], row.Events);
        writer.Write(bytes);
    }

    private static LateRow ReadLate(LogStreamReader reader)
    {
        var bytes = reader.Read(LateLength);
        return new LateRow(
            EventKey.ReadFrom(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]), EventKey.ReadFrom(bytes[16..]), EventKey.ReadFrom(bytes[28..]),
            EventKey.ReadFrom(bytes[40..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[52..]));
    }

    private static void WriteText(LogStreamWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)bytes.Length));
        writer.Write(length);
        writer.Write(bytes);
    }

    private static string ReadText(LogStreamReader reader)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(reader.Read(sizeof(ushort)));
        return Encoding.UTF8.GetString(reader.Read(length));
    }
}
