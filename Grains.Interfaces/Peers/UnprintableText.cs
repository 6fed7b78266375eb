using System.Text;

namespace AllData.Peers;

/// <summary>Shows unchecked text in a sentence for people.</summary>
internal static class UnprintableText
{
    private const int MaxLength = 80;

    /// <summary>The text in quotes, cut, with everything that is not plain ASCII as an escape.</summary>
    public static string Show(string? text)
    {
        var shown = new StringBuilder("'");
        foreach (var c in text is null ? "" : text[..Math.Min(text.Length, MaxLength)])
        {
            _ = c is >= ' ' and <= '~' ? shown.Append(c)
                : shown.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
        }

        return shown.Append(text?.Length > MaxLength ? "…'" : "'").ToString();
    }
}
