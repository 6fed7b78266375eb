using System.Security.Cryptography;
using System.Text;
using AllData.Events;

namespace AllData.Silo.Http.Idempotency;

/// <summary>
/// The value of an <c>Idempotency-Key</c> header (draft-ietf-httpapi-idempotency-key-header): a string in quotes, or bare. A value that is an event
/// key is the key of the event itself and needs no memory; of other values only a digest is kept.
/// </summary>
/// <param name="Event">The event key that the value is; null if it is another value.</param>
/// <param name="Digest">Digest of the value (the first half of its SHA-256: even chosen values must not collide).</param>
internal readonly record struct IdempotencyKey(EventKey? Event, UInt128 Digest)
{
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;

    /// <summary>Whether a request has the header.</summary>
    public static bool IsIn(HttpRequest request) => request.Headers.ContainsKey(Header);

    /// <summary>Reads the header; null if there is none.</summary>
    /// <exception cref="BadHttpRequestException">It is given twice, empty, too long, or has characters that are not allowed.</exception>
    public static IdempotencyKey? Of(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
        {
            return null;
        }

        var value = values is [{ } single] ? single.Trim() : throw new BadHttpRequestException($"{Header} is given {values.Count} times. Give it once.");
        value = value is ['"', .. var inner, '"'] ? inner : value;
        if (value.Length is 0 or > MaxLength || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new BadHttpRequestException(
                $"{Header} must be 1 to {MaxLength} visible ASCII characters, for example a UUID, or a key that POST /keys has reserved.");
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(value), hash);
        return new IdempotencyKey(
            EventKey.TryParse(value, out var key) ? key : null, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash));
    }
}
