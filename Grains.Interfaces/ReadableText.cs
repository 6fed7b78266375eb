using System.Buffers;
using System.Globalization;
using System.Text;

namespace AllData;

/// <summary>
/// Text from data made safe for a person's terminal or log: what would move the cursor, change colours, reorder or break the line is shown
/// as an escape instead.
/// </summary>
public static class ReadableText
{
    private static readonly SearchValues<char> Suspects = SearchValues.Create([.. Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(IsSuspect)]);

    /// <summary>
    /// Escapes control characters (C0, DEL, C1), bidirectional controls (Unicode TR 9), line and paragraph separators, byte order marks and
    /// halves of surrogate pairs: <c>\n</c>, <c>\r</c>, <c>\t</c>, all others <c>\u001b</c>. A backslash stays as it is.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <returns>The same text where nothing had to be escaped.</returns>
    public static string Escape(string text) => Escape(text, keepLines: false);

    /// <summary>As <see cref="Escape(string)"/>, with line feeds and tabs left as they are, for text of several lines.</summary>
    /// <param name="text">Any text.</param>
    public static string EscapeLines(string text) => Escape(text, keepLines: true);

    private static string Escape(string text, bool keepLines)
    {
        var first = text.AsSpan().IndexOfAny(Suspects);
        if (first < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16).Append(text, 0, first);
        for (var i = first; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                escaped.Append(text, i++, 2);
            }
            else
            {
                Append(escaped, text[i], keepLines);
            }
        }

        return escaped.ToString();
    }

    private static void Append(StringBuilder escaped, char c, bool keepLines)
    {
        if (!IsSuspect(c) || (keepLines && c is '\n' or '\t'))
        {
            escaped.Append(c);
            return;
        }

        _ = c switch
        {
            '\n' => escaped.Append("\\n"),
            '\r' => escaped.Append("\\r"),
            '\t' => escaped.Append("\\t"),
            _ => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
        };
    }

    private static bool IsSuspect(char c) => char.IsControl(c) || char.IsSurrogate(c) || IsBidirectional(c) || c is '\u2028' or '\u2029' or '\uFEFF';

    // U+202E alone makes a terminal show the rest of a line backwards.
    private static bool IsBidirectional(char c) => c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
