using System.Security.Cryptography;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Encryption;

/// <summary>
/// Encrypts and decrypts payloads with one key, for one thread. AES-256-GCM; the event's key is authenticated with the payload, so that a ciphertext is of use
/// under no other one.
/// </summary>
/// <remarks>
/// The nonce is computed from the event's key and the payload, as SIV does (Rogaway and Shrimpton; RFC 5297): the same event has the same bytes however often
/// it is put, so that a retry finds it. That shows one thing: that two payloads under the same event key are equal.
/// </remarks>
internal sealed class PayloadCipher(PayloadKey key) : IDisposable
{
    private const int AssociatedLength = EventKey.BinaryLength + StoredPayload.HeaderLength;

    private readonly IncrementalHash _nonces = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.NonceKey);
    private AesGcm? _ofMinute;
    private UnixMinute _minute;

    /// <summary>The key.</summary>
    public PayloadKey Key => key;

    /// <summary>Writes the stored form of a payload.</summary>
    /// <param name="eventKey">The event's key.</param>
    /// <param name="payload">What was put.</param>
    /// <param name="stored"><see cref="StoredPayload.EncryptedOverhead"/> bytes more than the payload.</param>
    public void Encrypt(EventKey eventKey, ReadOnlySpan<byte> payload, Span<byte> stored)
    {
        StoredPayload.WriteHeader(stored, key.Number);
        Span<byte> associated = stackalloc byte[AssociatedLength];
        WriteAssociated(associated, eventKey, stored[..StoredPayload.HeaderLength]);
        var nonce = stored.Slice(StoredPayload.HeaderLength, StoredPayload.NonceLength);
        WriteNonce(nonce, associated[..EventKey.BinaryLength], payload);
        OfMinute(eventKey.UnixMinute).Encrypt(
            nonce, payload, stored[(StoredPayload.HeaderLength + StoredPayload.NonceLength)..^StoredPayload.TagLength],
            stored[^StoredPayload.TagLength..], associated);
    }

    /// <summary>Decrypts a payload that this key encrypted; null if its bytes are no longer what it encrypted.</summary>
    public byte[]? TryDecrypt(EventKey eventKey, StoredPayload stored)
    {
        Span<byte> associated = stackalloc byte[AssociatedLength];
        WriteAssociated(associated, eventKey, stored.Header);
        var payload = new byte[stored.Ciphertext.Length];
        try
        {
            OfMinute(eventKey.UnixMinute).Decrypt(stored.Nonce, stored.Ciphertext, stored.Tag, payload, associated);
            return payload;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _nonces.Dispose();
        _ofMinute?.Dispose();
    }

    private static void WriteAssociated(Span<byte> destination, EventKey eventKey, ReadOnlySpan<byte> header)
    {
        eventKey.WriteTo(destination);
        header.CopyTo(destination[EventKey.BinaryLength..]);
    }

    private void WriteNonce(Span<byte> nonce, ReadOnlySpan<byte> eventKey, ReadOnlySpan<byte> payload)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _nonces.AppendData(eventKey);
        _nonces.AppendData(payload);
        _nonces.GetHashAndReset(hash);
        hash[..StoredPayload.NonceLength].CopyTo(nonce);
    }

    private AesGcm OfMinute(UnixMinute minute)
    {
        if (_ofMinute is null || _minute != minute)
        {
            _ofMinute?.Dispose();
            _ofMinute = new AesGcm(key.KeyOf(minute), StoredPayload.TagLength);
            _minute = minute;
        }

        return _ofMinute;
    }
}
