using System.Buffers.Binary;
using System.Text;
using AllData.Events;

namespace AllData.Client.Export;

/// <summary>An event as it is stored.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Payload">Its payload as it is stored.</param>
/// <param name="Topic">Its topic; null: it has none.</param>
internal readonly record struct StoredRecord(EventKey Key, byte[] Payload, Topic? Topic);

/// <summary>
/// The files of an archive (docs/certificates.md): a line that names the format, then for each event the length of its topic (1 byte), the topic, the length of
/// its payload (4 bytes, little-endian), its key (12 bytes) and its payload, as it is stored. Frozen.
/// </summary>
internal static class StoredRecords
{
    // More than any silo takes: a length that is damaged must not ask for memory.
    private const int MostPayload = 1 << 30;

    /// <summary>What a file begins with.</summary>
    public static ReadOnlySpan<byte> Header => "alldata-stored-events/1\n"u8;

    /// <summary>Writes an event.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="topic">Its topic; null: it has none.</param>
    /// <param name="record">Its packed record (<see cref="PackedEvent"/>).</param>
    public static void Write(Stream to, Topic? topic, ReadOnlySpan<byte> record)
    {
        Span<byte> start = stackalloc byte[1 + Topic.MaxLength];
        start[0] = (byte)Encoding.ASCII.GetBytes(topic?.Value ?? "", start[1..]);
        to.Write(start[..(1 + start[0])]);
        to.Write(record);
    }

    /// <summary>Reads the events of a file, one at a time.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IEnumerable<StoredRecord> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 256 * 1024, FileOptions.SequentialScan);
        var start = new byte[Math.Max(Header.Length, Topic.MaxLength)];
        Fill(file, start.AsSpan(0, Header.Length), path);
        if (!start.AsSpan(0, Header.Length).SequenceEqual(Header))
        {
            throw NotOne(path, 0);
        }

        var head = new byte[PackedEvent.Overhead];
        while (file.ReadByte() is >= 0 and var topicLength)
        {
            var topic = default(Topic?);
            if (topicLength > 0)
            {
                Fill(file, start.AsSpan(0, Math.Min(topicLength, Topic.MaxLength)), path);
                topic = topicLength <= Topic.MaxLength && Topic.TryParse(Encoding.ASCII.GetString(start, 0, topicLength), out var one)
                    ? one
                    : throw NotOne(path, file.Position);
            }

            Fill(file, head, path);
            var length = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length is < 0 or > MostPayload || length > file.Length - file.Position)
            {
                throw NotOne(path, file.Position);
            }

            var payload = new byte[length];
            Fill(file, payload, path);
            yield return new StoredRecord(EventKey.ReadFrom(head.AsSpan(sizeof(int))), payload, topic);
        }
    }

    private static void Fill(FileStream file, Span<byte> bytes, string path)
    {
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw NotOne(path, file.Position);
        }
    }

    private static FormatException NotOne(string path, long at) => new($"{path} is not a file of an archive from byte {at} on.");
}
