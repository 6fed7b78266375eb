using System.Buffers;
using System.Buffers.Text;
using System.Text;
using AllData.Events;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>
/// Writes events as lines of JSON, <c>{"key":"…","event":…}</c>, with <c>"topic":"…"</c> behind the key if they have one, then
/// <c>"late":true,"position":"…"</c> if they are late (<see cref="ScannedEvent.LateAt"/>):
/// the payload as it was put if it is JSON, otherwise as <c>"base64":"…"</c>, and
/// <c>"unreadable":"keyMissing","encryptionKeyId":"…"</c> in its place if it cannot be read; events in conflict have <c>"conflict":true</c>. Writes in large
/// pieces: the last of them waits for <see cref="Flush"/>.
/// </summary>
/// <param name="destination">Where to.</param>
/// <param name="isPortable">Whether JSON that some readers refuse goes as base64, too: see <see cref="PortableJson"/>.</param>
public sealed class NdjsonWriter(Stream destination, bool isPortable = false)
{
    /// <summary>Bytes gathered before they are written; a longer line takes more.</summary>
    public const int BufferBytes = 1024 * 1024;

    // Everything of a line but the payload, with room to spare.
    private const int FrameBytes = 224 + Topic.MaxLength;

    private static readonly SearchValues<byte> LineBreaks = SearchValues.Create("\r\n"u8);

    private readonly KeyText _keys = new();
    private byte[] _buffer = new byte[BufferBytes];
    private int _used;
    private long _written;

    /// <summary>Bytes of the lines so far, those that wait for <see cref="Flush"/> included.</summary>
    public long BytesWritten => _written + _used;

    /// <summary>Whether JSON with line breaks goes as base64, too: so each payload can be read back byte by byte.</summary>
    internal bool IsExact { get; init; }

    /// <summary>Events so far that were written as base64.</summary>
    public long NotJson { get; private set; }

    /// <summary>Writes the events of a page.</summary>
    public void Write(ScanPage page)
    {
        var conflicts = page.Conflicts.IsEmpty ? null : page.Conflicts.ToHashSet();
        var reader = page.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            var topic = page.Topics?.Of(i);
            var key = reader.Current.Key;
            var isConflict = conflicts is not null && conflicts.Contains(key);
            if (page.FindUnreadable(reader.Current) is { } unreadable)
            {
                WriteUnreadable(unreadable, isConflict, topic, page.LateAt(i));
            }
            else
            {
                Write(key, reader.Current.Payload, isConflict, topic, page.LateAt(i));
            }
        }
    }

    /// <summary>Writes an event whose payload cannot be read.</summary>
    public void WriteUnreadable(UnreadablePayload unreadable, bool isConflict, Topic? topic = null, EventKey? lateAt = null)
    {
        ArgumentNullException.ThrowIfNull(unreadable);
        MakeRoom(FrameBytes + unreadable.EncryptionKeyId.Length);
        AppendKey(unreadable.Key);
        AppendTopic(topic);
        AppendLate(lateAt);
        Append(unreadable.Fault == PayloadFault.KeyMissing ? "\",\"unreadable\":\"keyMissing\""u8 : "\",\"unreadable\":\"notAuthentic\""u8);
        Append(",\"encryptionKeyId\":\""u8);
        Append(Encoding.ASCII.GetBytes(unreadable.EncryptionKeyId));
        Append(isConflict ? "\",\"conflict\":true}\n"u8 : "\"}\n"u8);
    }

    /// <summary>Writes an event.</summary>
    public void Write(EventKey key, ReadOnlySpan<byte> payload, bool isConflict, Topic? topic = null, EventKey? lateAt = null)
    {
        MakeRoom(FrameBytes + Base64.GetMaxEncodedToUtf8Length(payload.Length));
        AppendKey(key);
        AppendTopic(topic);
        AppendLate(lateAt);
        if ((isPortable ? PortableJson.IsPortable(payload) : PortableJson.IsJson(payload)) && !(IsExact && payload.ContainsAny(LineBreaks)))
        {
            AppendJson(payload);
        }
        else
        {
            AppendBase64(payload);
            NotJson++;
        }

        Append(isConflict ? ",\"conflict\":true}\n"u8 : "}\n"u8);
    }

    /// <summary>Writes what is still gathered.</summary>
    public void Flush()
    {
        WriteGathered();
        destination.Flush();
    }

    private void AppendLate(EventKey? lateAt)
    {
        if (lateAt is { } position)
        {
            Append("\",\"late\":true,\"position\":\""u8);
            _keys.Write(_buffer.AsSpan(_used, EventKey.TextLength), position);
            _used += EventKey.TextLength;
        }
    }

    private void AppendKey(EventKey key)
    {
        Append("{\"key\":\""u8);
        _keys.Write(_buffer.AsSpan(_used, EventKey.TextLength), key);
        _used += EventKey.TextLength;
    }

    private void AppendTopic(Topic? topic)
    {
        if (topic is { } one)
        {
            Append("\",\"topic\":\""u8);
            _used += Encoding.ASCII.GetBytes(one.Value, _buffer.AsSpan(_used));
        }
    }

    private void AppendJson(ReadOnlySpan<byte> payload)
    {
        Append("\",\"event\":"u8);
        var written = _buffer.AsSpan(_used, payload.Length);
        Append(payload);

        // In JSON a line break stands between tokens only (in a string it is escaped): a space means the same and keeps the line in one piece.
        if (payload.ContainsAny(LineBreaks))
        {
            written.ReplaceAny(LineBreaks, (byte)' ');
        }
    }

    private void AppendBase64(ReadOnlySpan<byte> payload)
    {
        Append("\",\"base64\":\""u8);
        Base64.EncodeToUtf8(payload, _buffer.AsSpan(_used), out _, out var written);
        _used += written;
        Append("\""u8);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void MakeRoom(int bytes)
    {
        if (bytes <= _buffer.Length - _used)
        {
            return;
        }

        WriteGathered();
        if (bytes > _buffer.Length)
        {
            _buffer = new byte[bytes];
        }
    }

    private void WriteGathered()
    {
        destination.Write(_buffer.AsSpan(0, _used));
        _written += _used;
        _used = 0;
    }
}
