using System.Globalization;
using AllData.Events;

namespace AllData.Intervals;

/// <summary>A run of numbers.</summary>
/// <param name="First">The first of them, not negative.</param>
/// <param name="Last">The last of them, not below the first.</param>
public readonly record struct NumberRange(long First, long Last)
{
    /// <summary>How many numbers lie in it.</summary>
    public long Count => Last - First + 1;

    /// <summary>Whether it is a run at all; <see cref="long.MaxValue"/> is no number, so that the one after each is a number, too.</summary>
    internal bool IsPossible => First >= 0 && Last >= First && Last < long.MaxValue;

    /// <summary>Reads <c>7</c> or <c>7-9</c>; false when the text is not exactly a run.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out NumberRange range)
    {
        var dash = text.IndexOf('-');
        var isOne = WholeNumber.TryParse(dash < 0 ? text : text[..dash], long.MaxValue - 1, out var first);
        var last = first;
        isOne = isOne && (dash < 0 || WholeNumber.TryParse(text[(dash + 1)..], long.MaxValue - 1, out last));
        range = new NumberRange(first, last);
        return isOne && range.IsPossible;
    }

    /// <summary><c>7-9</c>, or <c>7</c> for a single number.</summary>
    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
