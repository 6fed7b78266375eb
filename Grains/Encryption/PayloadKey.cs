using System.Buffers.Binary;
using System.Security.Cryptography;
using AllData.Events;

namespace AllData.Encryption;

/// <summary>
/// A key that payloads are encrypted with. From its 32 random bytes other keys are derived (HKDF-Expand, RFC 5869): its id, a key for nonces, and a key for
/// each minute of event time.
/// </summary>
public sealed class PayloadKey
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 32;

    private readonly byte[] _key;

    /// <summary>Wraps a key.</summary>
    /// <param name="key">32 random bytes; copied.</param>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public PayloadKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != Length)
        {
            throw new ArgumentException($"{key.Length} bytes; a key has {Length}.", nameof(key));
        }

        _key = key.ToArray();
        Number = BinaryPrimitives.ReadUInt64BigEndian(Derive("alldata payload key id v1"u8, sizeof(ulong)));
        NonceKey = Derive("alldata payload nonce v1"u8, Length);
    }

    /// <summary>Its id, 16 hexadecimal digits: stored with every payload that it encrypted, and no secret.</summary>
    public string Id => NameOf(Number);

    /// <summary>The id as it is stored.</summary>
    internal ulong Number { get; }

    internal byte[] NonceKey { get; }

    /// <summary>An id as it is shown.</summary>
    internal static string NameOf(ulong id) => id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// The key of a minute. With one key for all time, the nonces of 96 bits would limit how many events it may encrypt (NIST SP 800-38D, 8.3).
    /// </summary>
    internal byte[] KeyOf(UnixMinute minute)
    {
        Span<byte> info = stackalloc byte["alldata payload v1"u8.Length + sizeof(long)];
        "alldata payload v1"u8.CopyTo(info);
        BinaryPrimitives.WriteInt64BigEndian(info["alldata payload v1"u8.Length..], minute.Value);
        return Derive(info, Length);
    }

    private byte[] Derive(ReadOnlySpan<byte> info, int length)
    {
        var derived = new byte[length];
        HKDF.Expand(HashAlgorithmName.SHA256, _key, derived, info);
        return derived;
    }
}
