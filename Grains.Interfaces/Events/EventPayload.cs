using System.Text;

namespace AllData.Events;

/// <summary>
/// An event as the store sees it: opaque bytes that never change once stored. The array is not copied: the caller must not write to it again.
/// </summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = false), Immutable, Alias("AllData.EventPayload")]
public readonly record struct EventPayload
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Id(0)]
    private readonly byte[]? _bytes;

    private EventPayload(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes, which must not change.</summary>
    public byte[] Bytes => _bytes ?? [];

    /// <summary>Size in bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>Wraps bytes without copying them.</summary>
    public static EventPayload FromBytes(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new EventPayload(bytes);
    }

    /// <summary>The UTF-8 bytes of a text, for example of a JSON document. The text is not parsed.</summary>
    /// <exception cref="ArgumentException">The text has unpaired surrogates, so that UTF-8 cannot express it.</exception>
    public static EventPayload FromText(string text) => new(StrictUtf8.GetBytes(text));

    /// <summary>The payload read as UTF-8; bytes that are not valid appear as U+FFFD.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    /// <summary>Equal when the bytes are.</summary>
    public bool Equals(EventPayload other) => Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }
}
