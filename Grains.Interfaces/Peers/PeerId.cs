using System.Diagnostics.CodeAnalysis;

namespace AllData.Peers;

/// <summary>
/// The name of a peer, a stable storage identity: 1 to 63 characters, lower-case letters, digits and hyphens, beginning with a letter
/// and not ending with a hyphen (a DNS label, RFC 1123, so that it can also be a host name).
/// </summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = false), Immutable, Alias("AllData.PeerId")]
public readonly record struct PeerId : IComparable<PeerId>
{
    private const int MaxLength = 63;

    [Id(0)]
    private readonly string? _value;

    private PeerId(string value) => _value = value;

    /// <summary>The name.</summary>
    public string Value => _value ?? "";

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">It is not a peer name.</exception>
    public static PeerId Parse(string text) => TryParse(text, out var peer)
        ? peer
        : throw new FormatException(
            $"'{text}' is not a peer name: 1 to {MaxLength} lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen.");

    /// <summary>Reads a name; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PeerId peer)
    {
        peer = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength || !char.IsAsciiLetterLower(text[0]) || text[^1] == '-')
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

        peer = new PeerId(text);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(PeerId other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Value;
}
