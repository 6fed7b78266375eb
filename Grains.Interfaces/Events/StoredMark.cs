namespace AllData.Events;

/// <summary>
/// What a payload begins with that is stored in another form than it was put: encrypted, or escaped because it begins with the mark itself. Frozen
/// (docs/block-format.md).
/// </summary>
internal static class StoredMark
{
    /// <summary>The bytes: no UTF-8, so that no text begins with them.</summary>
    public static ReadOnlySpan<byte> Bytes => [0xAD, (byte)'S', (byte)'E', (byte)'A', (byte)'L', (byte)'E', (byte)'D'];

    /// <summary>Whether a payload as it is stored may be in another form than it was put.</summary>
    public static bool IsOn(ReadOnlySpan<byte> stored) => stored.StartsWith(Bytes);
}
