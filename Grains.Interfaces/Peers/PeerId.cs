using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Peers;

/// <summary>
/// The name of a peer, a stable storage identity: 1 to 63 characters, lower-case letters, digits and hyphens, beginning with a letter
/// and not ending with a hyphen (a DNS label, RFC 1123, so that it can also be a host name).
/// </summary>
[Immutable, Alias("AllData.PeerId"), JsonConverter(typeof(ParsableJsonConverter<PeerId>))]
public readonly record struct PeerId : IComparable<PeerId>, ISpanParsable<PeerId>
{
    private const int MaxLength = 63;

    private readonly string? _value;

    private PeerId(string value) => _value = value;

    /// <summary>The name.</summary>
    public string Value => _value ?? "";

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">It is not a peer name.</exception>
    public static PeerId Parse(string text) => TryParse(text, out var peer)
        ? peer
        : throw new FormatException(Fault(text));

    /// <summary>Reads a name; false when it is not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PeerId peer)
    {
        var isOne = IsName(text);
        peer = isOne ? new PeerId(text!) : default;
        return isOne;
    }

    /// <inheritdoc/>
    static PeerId IParsable<PeerId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<PeerId>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PeerId result) => TryParse(s, out result);

    /// <inheritdoc/>
    static PeerId ISpanParsable<PeerId>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());

    /// <inheritdoc/>
    static bool ISpanParsable<PeerId>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out PeerId result) => TryParse(s.ToString(), out result);

    /// <summary>Why a text is not a peer name.</summary>
    internal static string Fault(string text) => $"{UnprintableText.Show(text)} is not a peer name: 1 to {MaxLength} lower-case letters, digits and hyphens, "
        + "beginning with a letter and not ending with a hyphen.";

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > MaxLength || !char.IsAsciiLetterLower(text[0]) || text[^1] == '-')
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(PeerId other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(PeerId left, PeerId right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(PeerId left, PeerId right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(PeerId left, PeerId right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(PeerId left, PeerId right) => left.CompareTo(right) >= 0;
}
