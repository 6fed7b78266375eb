using System.Diagnostics.CodeAnalysis;
using AllData.Errors;
using AllData.Peers;

namespace AllData.Consumers;

/// <summary>
/// The name of a consumer: 1 to 64 letters and digits of ASCII, hyphens, underscores and dots, beginning with a letter or digit. Upper and lower case differ.
/// </summary>
[Immutable, Alias("AllData.ConsumerName")]
public readonly record struct ConsumerName : IComparable<ConsumerName>
{
    private const int MaxLength = 64;

    private readonly string? _value;

    private ConsumerName(string value) => _value = value;

    /// <summary>The name.</summary>
    public string Value => _value ?? "";

    /// <summary>Reads a name.</summary>
    /// <exception cref="InvalidConsumerNameException">It is not a consumer's name.</exception>
    public static ConsumerName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new InvalidConsumerNameException(Fault(text));

    /// <summary>Reads a name; false when it is not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ConsumerName name)
    {
        var isOne = text is { Length: > 0 and <= MaxLength } && char.IsAsciiLetterOrDigit(text[0])
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        name = isOne ? new ConsumerName(text!) : default;
        return isOne;
    }

    /// <summary>Why a text is not a consumer's name.</summary>
    internal static string Fault(string? text) => $"{UnprintableText.Show(text)} is not a consumer's name: 1 to {MaxLength} letters, digits, hyphens, "
        + "underscores and dots, beginning with a letter or digit.";

    /// <inheritdoc/>
    public int CompareTo(ConsumerName other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(ConsumerName left, ConsumerName right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(ConsumerName left, ConsumerName right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(ConsumerName left, ConsumerName right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(ConsumerName left, ConsumerName right) => left.CompareTo(right) >= 0;
}
