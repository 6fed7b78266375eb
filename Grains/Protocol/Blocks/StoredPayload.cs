using System.Buffers.Binary;
using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The payload of a record as it is stored: the bytes that were put, or an envelope that begins with a mark. The layout is frozen (docs/block-format.md); a
/// golden file pins it. Replicas, repair and scrubs look at none of it.
/// </summary>
internal readonly ref struct StoredPayload
{
    /// <summary>Bytes of the mark and the kind.</summary>
    public const int EscapeLength = 8;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceLength = 12;

    /// <summary>Bytes of an authentication tag.</summary>
    public const int TagLength = 16;

    /// <summary>Bytes before a ciphertext's nonce: mark, kind, and the id of the key. They are authenticated with it.</summary>
    public const int HeaderLength = EscapeLength + sizeof(ulong);

    /// <summary>Bytes of an encrypted payload beyond its plaintext.</summary>
    public const int EncryptedOverhead = HeaderLength + NonceLength + TagLength;

    private const byte PlainKind = 0;
    private const byte EncryptedKind = 1;

    private readonly ReadOnlySpan<byte> _stored;

    private StoredPayload(ReadOnlySpan<byte> stored, bool isEncrypted)
    {
        _stored = stored;
        IsEncrypted = isEncrypted;
    }

    /// <summary>What every envelope begins with: no UTF-8, so that no text does.</summary>
    public static ReadOnlySpan<byte> Mark => StoredMark.Bytes;

    /// <summary>Whether it must be decrypted; otherwise <see cref="Plain"/> is what was put.</summary>
    public bool IsEncrypted { get; }

    /// <summary>The bytes that were put.</summary>
    public ReadOnlySpan<byte> Plain =>
        IsMarked(_stored) && _stored.Length > Mark.Length && _stored[Mark.Length] == PlainKind ? _stored[EscapeLength..] : _stored;

    /// <summary>What the tag covers in addition to the event's key and the ciphertext.</summary>
    public ReadOnlySpan<byte> Header => _stored[..HeaderLength];

    /// <summary>The id of the key.</summary>
    public ulong KeyId => BinaryPrimitives.ReadUInt64BigEndian(_stored[EscapeLength..]);

    public ReadOnlySpan<byte> Nonce => _stored.Slice(HeaderLength, NonceLength);

    public ReadOnlySpan<byte> Ciphertext => _stored[(HeaderLength + NonceLength)..^TagLength];

    public ReadOnlySpan<byte> Tag => _stored[^TagLength..];

    /// <summary>Whether it may be an envelope.</summary>
    public static bool IsMarked(ReadOnlySpan<byte> stored) => StoredMark.IsOn(stored);

    /// <summary>Reads a stored payload. What begins with the mark and is no envelope was put that way before there were any.</summary>
    public static StoredPayload Read(ReadOnlySpan<byte> stored) =>
        new(stored, IsMarked(stored) && stored.Length >= EncryptedOverhead && stored[Mark.Length] == EncryptedKind);

    /// <summary>The stored form of a payload that begins with the mark itself and is not encrypted: otherwise it would be taken for an envelope.</summary>
    public static byte[] Escape(ReadOnlySpan<byte> payload)
    {
        var stored = new byte[EscapeLength + payload.Length];
        Mark.CopyTo(stored);
        stored[Mark.Length] = PlainKind;
        payload.CopyTo(stored.AsSpan(EscapeLength));
        return stored;
    }

    /// <summary>Writes <see cref="Header"/>.</summary>
    public static void WriteHeader(Span<byte> destination, ulong keyId)
    {
        Mark.CopyTo(destination);
        destination[Mark.Length] = EncryptedKind;
        BinaryPrimitives.WriteUInt64BigEndian(destination[EscapeLength..], keyId);
    }
}
