namespace AllData.Certificates;

/// <summary>
/// Standard base64 (RFC 4648, section 4) with padding, in its one form: .NET also accepts white space and bits that nothing reads, and two texts for the same
/// bytes would have two hashes.
/// </summary>
internal static class StrictBase64
{
    /// <summary>Reads a text; false when it is not the one form of its bytes.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(text, bytes, out var length))
        {
            bytes = [];
            return false;
        }

        bytes = bytes[..length];
        return text.SequenceEqual(Convert.ToBase64String(bytes));
    }
}
