using System.Globalization;
using System.Text;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// Which part of a log's tree a path below <c>/log/tile/</c> names (C2SP tlog-tiles): 256 hashes of a level, or the entries of 256 leaves. A partial one has
/// fewer.
/// </summary>
/// <param name="Level">The level of the hashes, 0 to 63; null: entries.</param>
/// <param name="Index">Which tile of the level, from 0.</param>
/// <param name="Width">How many hashes or entries: 256, or 1 to 255 of a partial one.</param>
internal sealed record TilePath(int? Level, long Index, int Width)
{
    /// <summary>Hashes or entries of a whole tile.</summary>
    public const int FullWidth = 256;

    private const int MaxLevel = 63;
    private const string Entries = "entries";
    private const string Partial = ".p/";

    /// <summary>Reads a path, without the part up to <c>tile/</c>; null when it is not the one form of a path.</summary>
    public static TilePath? Parse(string path)
    {
        var (head, width) = (path, FullWidth);
        var partial = path.IndexOf(Partial, StringComparison.Ordinal);
        if (partial >= 0)
        {
            head = path[..partial];
            if (!WholeNumber.TryParse(path.AsSpan(partial + Partial.Length), FullWidth - 1, out width) || width == 0)
            {
                return null;
            }
        }

        var slash = head.IndexOf('/', StringComparison.Ordinal);
        var level = 0;
        if (slash < 0 || (head[..slash] != Entries && !WholeNumber.TryParse(head.AsSpan(0, slash), MaxLevel, out level))
            || !WholeNumber.TryParse(
                head[slash..].Replace("/", "", StringComparison.Ordinal).Replace("x", "", StringComparison.Ordinal), long.MaxValue, out var index))
        {
            return null;
        }

        // What was read too kindly is written differently.
        var read = new TilePath(head[..slash] == Entries ? null : level, index, width);
        return read.ToString() == path ? read : null;
    }

    /// <summary>The path: level or <c>entries</c>, the index in groups of three digits, all but the last with an <c>x</c> before it, and the width.</summary>
    public override string ToString()
    {
        var digits = Index.ToString(CultureInfo.InvariantCulture);
        digits = digits.PadLeft((digits.Length + 2) / 3 * 3, '0');
        var path = new StringBuilder(Level?.ToString(CultureInfo.InvariantCulture) ?? Entries).Append('/');
        for (var i = 0; i < digits.Length; i += 3)
        {
            path.Append(i + 3 < digits.Length ? "x" : "").Append(digits, i, 3).Append(i + 3 < digits.Length ? "/" : "");
        }

        return Width == FullWidth ? path.ToString() : path.Append(Partial).Append(Width.ToString(CultureInfo.InvariantCulture)).ToString();
    }
}
