using System.Buffers;
using System.Buffers.Binary;
using AllData.Events;
using AllData.Protocol.Numbers;
using AllData.Replication;

namespace AllData.Storage.Directories;

/// <summary>The bytes of <c>numbers.journal</c>; docs/block-format.md has the layout.</summary>
internal static class NumberJournalFormat
{
    /// <summary>Bytes before the first record.</summary>
    public const int HeaderLength = 40;

    private const ushort FormatVersion = 1;
    private const int DirectoryOffset = 8;
    private const int LeastBody = 5;
    private const int Overhead = sizeof(int) + EventDigest.BinaryLength;

    private static ReadOnlySpan<byte> Magic => "ADNJ"u8;

    /// <summary>The bytes that a file begins with.</summary>
    public static byte[] Header(Guid directoryId)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), FormatVersion);
        directoryId.TryWriteBytes(header.AsSpan(DirectoryOffset), bigEndian: true, out _);
        EventDigest.Of(header.AsSpan(0, HeaderLength - EventDigest.BinaryLength)).WriteTo(header.AsSpan(HeaderLength - EventDigest.BinaryLength));
        return header;
    }

    /// <summary>Whether a file begins as one of a directory does.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="directoryId">The directory.</param>
    /// <exception cref="DataDirectoryException">It is of a version that this program does not know.</exception>
    public static bool IsHeader(string path, ReadOnlySpan<byte> bytes, Guid directoryId)
    {
        if (bytes.Length < HeaderLength || !bytes.StartsWith(Magic)
            || EventDigest.Of(bytes[..(HeaderLength - EventDigest.BinaryLength)]) != EventDigest.ReadFrom(bytes[(HeaderLength - EventDigest.BinaryLength)..]))
        {
            return false;
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        return version == FormatVersion
            ? new Guid(bytes.Slice(DirectoryOffset, 16), bigEndian: true) == directoryId
            : throw new DataDirectoryException($"{path} has format version {version}; this program knows version {FormatVersion}. Use a newer program.");
    }

    /// <summary>Appends a record.</summary>
    public static void Write(IBufferWriter<byte> target, NumberRecord record)
    {
        var body = LengthOf(record);
        var bytes = target.GetSpan(Overhead + body)[..(Overhead + body)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, body);
        WriteBody(bytes.Slice(sizeof(int), body), record);
        EventDigest.Of(bytes[..(sizeof(int) + body)]).WriteTo(bytes[(sizeof(int) + body)..]);
        target.Advance(bytes.Length);
    }

    /// <summary>Reads the record at the start of some bytes; null where there is none, or no whole one.</summary>
    public static NumberRecord? Read(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length < Overhead + LeastBody)
        {
            return null;
        }

        var body = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (body < LeastBody || body > bytes.Length - Overhead
            || EventDigest.Of(bytes[..(sizeof(int) + body)]) != EventDigest.ReadFrom(bytes[(sizeof(int) + body)..]))
        {
            return null;
        }

        length = Overhead + body;
        return ReadBody(bytes.Slice(sizeof(int), body));
    }

    private static int LengthOf(NumberRecord record) => record switch
    {
        NumbersSettled mark => LeastBody + 16 + (16 * mark.UnderWay.Runs.Length),
        NumbersAbandoned abandoned => LeastBody + 8 + (16 * abandoned.Numbers.Runs.Length),
        _ => LeastBody,
    };

    private static void WriteBody(Span<byte> body, NumberRecord record)
    {
        body[0] = (byte)KindOf(record);
        BinaryPrimitives.WriteInt32LittleEndian(body[1..], record.Incarnation);
        var rest = body[LeastBody..];
        switch (record)
        {
            case NumbersSettled mark:
                WriteNumber(rest, 0, mark.IntervalStart.Value);
                WriteNumber(rest, 1, mark.Settled);
                WriteRanges(rest[16..], mark.UnderWay);
                break;
            case NumbersAbandoned abandoned:
                WriteNumber(rest, 0, abandoned.IntervalStart.Value);
                WriteRanges(rest[8..], abandoned.Numbers);
                break;
        }
    }

    private static Kind KindOf(NumberRecord record) => record switch
    {
        IncarnationBegan => Kind.Began,
        NumbersSettled => Kind.Settled,
        NumbersAbandoned => Kind.Abandoned,
        _ => Kind.Ended,
    };

    private static void WriteRanges(Span<byte> bytes, NumberRanges ranges)
    {
        for (var i = 0; i < ranges.Runs.Length; i++)
        {
            WriteNumber(bytes, 2 * i, ranges.Runs[i].First);
            WriteNumber(bytes, (2 * i) + 1, ranges.Runs[i].Last);
        }
    }

    private static void WriteNumber(Span<byte> bytes, int index, long number) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(index * sizeof(long))..], number);

    // The digest says that the bytes are as they were written: what they mean is checked by their length alone.
    private static NumberRecord? ReadBody(ReadOnlySpan<byte> body)
    {
        var incarnation = BinaryPrimitives.ReadInt32LittleEndian(body[1..]);
        var rest = body[LeastBody..];
        return (Kind)body[0] switch
        {
            Kind.Began when rest.IsEmpty => new IncarnationBegan(incarnation),
            Kind.Ended when rest.IsEmpty => new IncarnationEnded(incarnation),
            Kind.Settled when rest.Length % 16 == 0 && rest.Length >= 16 =>
                new NumbersSettled(incarnation, new UnixMinute(NumberAt(rest, 0)), NumberAt(rest, 1), ReadRanges(rest[16..])),
            Kind.Abandoned when rest.Length % 16 == 8 => new NumbersAbandoned(incarnation, new UnixMinute(NumberAt(rest, 0)), ReadRanges(rest[8..])),
            _ => null,
        };
    }

    private static NumberRanges ReadRanges(ReadOnlySpan<byte> bytes)
    {
        var runs = new List<NumberRange>(bytes.Length / 16);
        for (var i = 0; i < bytes.Length / 8; i += 2)
        {
            runs.Add(new NumberRange(NumberAt(bytes, i), NumberAt(bytes, i + 1)));
        }

        return NumberRanges.Of(runs);
    }

    private static long NumberAt(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadInt64LittleEndian(bytes[(index * sizeof(long))..]);

    private enum Kind : byte
    {
        Began = 1,
        Settled = 2,
        Abandoned = 3,
        Ended = 4,
    }
}
