using System.Text;

namespace AllData.Certificates;

/// <summary>UTF-8 between bytes and texts, without replacement of what is wrong: a text that was signed must be the text that is read.</summary>
internal static class StrictText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="what">What they should be, for the message.</param>
    /// <exception cref="CertificateFormatException">They are not UTF-8, or have control characters other than line feeds.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string what)
    {
        try
        {
            var text = Utf8.GetString(bytes);
            Check(text, what);
            return text;
        }
        catch (DecoderFallbackException)
        {
            throw new CertificateFormatException($"These {bytes.Length} bytes are not {what}: they are not UTF-8.");
        }
    }

    /// <summary>The bytes of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it should be, for the message.</param>
    /// <exception cref="CertificateFormatException">It has half a character, or control characters other than line feeds.</exception>
    public static byte[] Encode(string text, string what)
    {
        Check(text, what);
        try
        {
            return Utf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new CertificateFormatException($"The text is not {what}: it has half a character.");
        }
    }

    private static void Check(string text, string what)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] < ' ' && text[i] != '\n')
            {
                throw new CertificateFormatException($"The text is not {what}: character {i} is the control character {(int)text[i]:x2} (hexadecimal).");
            }
        }
    }
}
