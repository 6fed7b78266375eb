namespace AllData.Events;

/// <summary>
/// Reads a number that is written in ASCII digits and nothing else. The parsers of .NET also accept invisible text: zero bytes after the
/// last digit.
/// </summary>
public static class WholeNumber
{
    /// <summary>Reads a number; false when the text is not a number, or larger than it may be.</summary>
    /// <param name="text">The text.</param>
    /// <param name="max">Largest value.</param>
    /// <param name="value">The number.</param>
    public static bool TryParse(ReadOnlySpan<char> text, int max, out int value)
    {
        var isOne = TryParse(text, (long)max, out var number);
        value = (int)number;
        return isOne;
    }

    /// <summary>Reads a number; false when the text is not a number, or larger than it may be.</summary>
    /// <param name="text">The text.</param>
    /// <param name="max">Largest value.</param>
    /// <param name="value">The number.</param>
    public static bool TryParse(ReadOnlySpan<char> text, long max, out long value)
    {
        value = 0;
        foreach (var c in text)
        {
            var digit = c - '0';
            if (!char.IsAsciiDigit(c) || value > (max - digit) / 10)
            {
                value = 0;
                return false;
            }

            value = (value * 10) + digit;
        }

        return text.Length > 0;
    }
}
