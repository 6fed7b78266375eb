using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;

namespace AllData.Tests.Support;

/// <summary>What was acknowledged, by key. Safe for several threads.</summary>
internal sealed class FuzzLedger
{
    private readonly ConcurrentDictionary<string, Kept> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _keys = new();

    /// <summary>The keys and what is known of their bytes.</summary>
    public IReadOnlyDictionary<string, Kept> Acknowledged => _acknowledged;

    /// <summary>Keys that puts and reads may use: reserved, or acknowledged.</summary>
    public string? AnyKey(Random random) => _keys.IsEmpty ? null : _keys.ElementAtOrDefault(random.Next(Math.Min(_keys.Count, 64)));

    /// <summary>Offers a key; the oldest go.</summary>
    public void Offer(string key)
    {
        _keys.Enqueue(key);
        if (_keys.Count > 256)
        {
            _keys.TryDequeue(out _);
        }
    }

    /// <summary>Notes an acknowledgement.</summary>
    /// <param name="key">The key.</param>
    /// <param name="payload">The bytes that were acknowledged; null where they are not known.</param>
    /// <returns>Why that must not have been acknowledged, or null.</returns>
    public string? Acknowledge(string key, byte[]? payload)
    {
        if (payload is not null && WhyNotJson(payload) is { } reason)
        {
            return $"{key} was acknowledged, but {reason}";
        }

        var now = payload is null ? default : Kept.Of(payload);
        var kept = _acknowledged.AddOrUpdate(key, now, (_, before) => before.IsKnown ? before : now);
        return now.IsKnown && kept.IsKnown && kept != now ? $"{key} was acknowledged twice with different bytes" : null;
    }

    /// <summary>Why bytes are no JSON, by another reader than the silo's rules.</summary>
    public static string? WhyNotJson(ReadOnlyMemory<byte> payload)
    {
        if (!Utf8.IsValid(payload.Span))
        {
            return "it is not UTF-8";
        }

        try
        {
            using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 64 });
            return null;
        }
        catch (JsonException e)
        {
            return $"it is not JSON: {e.Message}";
        }
    }

    /// <summary>What is kept of the bytes of an event.</summary>
    /// <param name="Exact">Digest of the bytes.</param>
    /// <param name="OfLine">Digest of the bytes as a line of a scan has them: line breaks are spaces there.</param>
    internal readonly record struct Kept(UInt128 Exact, UInt128 OfLine)
    {
        /// <summary>Whether the bytes are known.</summary>
        public bool IsKnown => this != default;

        /// <summary>That of an event.</summary>
        public static Kept Of(ReadOnlySpan<byte> payload)
        {
            if (!payload.ContainsAny((byte)'\r', (byte)'\n'))
            {
                return new Kept(DigestOf(payload), DigestOf(payload));
            }

            var line = payload.ToArray();
            line.AsSpan().ReplaceAny(System.Buffers.SearchValues.Create("\r\n"u8), (byte)' ');
            return new Kept(DigestOf(payload), DigestOf(line));
        }

        /// <summary>A digest of bytes.</summary>
        public static UInt128 DigestOf(ReadOnlySpan<byte> bytes)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes, hash);
            return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
        }
    }
}
