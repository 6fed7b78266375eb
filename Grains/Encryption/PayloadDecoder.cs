using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Encryption;

/// <summary>Gives back what was put: decrypts payloads as far as their keys are there. For one thread.</summary>
internal sealed class PayloadDecoder(IPayloadKeyProvider keys) : IDisposable
{
    private readonly List<PayloadCipher> _ciphers = [];

    /// <summary>Decodes a stored payload.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="stored">The payload as it is stored.</param>
    /// <param name="fault">Why it cannot be read; otherwise null.</param>
    /// <returns>What was put; empty where it cannot be read.</returns>
    public ReadOnlySpan<byte> Decode(EventKey key, ReadOnlySpan<byte> stored, out UnreadablePayload? fault)
    {
        var payload = StoredPayload.Read(stored);
        fault = null;
        if (!payload.IsEncrypted)
        {
            return payload.Plain;
        }

        if (FindCipher(payload.KeyId) is not { } cipher)
        {
            fault = new UnreadablePayload(key, PayloadFault.KeyMissing, PayloadKey.NameOf(payload.KeyId));
            return [];
        }

        if (cipher.TryDecrypt(key, payload) is not { } opened)
        {
            fault = new UnreadablePayload(key, PayloadFault.NotAuthentic, cipher.Key.Id);
            return [];
        }

        return opened;
    }

    /// <inheritdoc/>
    public void Dispose() => _ciphers.ForEach(static cipher => cipher.Dispose());

    private PayloadCipher? FindCipher(ulong id)
    {
        if (_ciphers.Find(cipher => cipher.Key.Number == id) is { } known)
        {
            return known;
        }

        foreach (var key in keys.All)
        {
            if (key.Number == id)
            {
                var cipher = new PayloadCipher(key);
                _ciphers.Add(cipher);
                return cipher;
            }
        }

        return null;
    }
}
