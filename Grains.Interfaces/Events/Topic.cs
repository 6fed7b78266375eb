using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;
using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Events;

/// <summary>
/// What an event is about, as its put says: 1 to 64 characters, letters (A to Z, a to z), digits, and <c>.</c>, <c>_</c>, <c>-</c>, beginning with a letter or
/// a digit. Upper and lower case are different. So it can be a query's value, a header's and a file's name unescaped.
/// </summary>
[Immutable, Alias("AllData.Topic"), JsonConverter(typeof(ParsableJsonConverter<Topic>))]
public readonly record struct Topic : IComparable<Topic>, ISpanParsable<Topic>
{
    /// <summary>Most characters of a topic; each is one byte.</summary>
    public const int MaxLength = 64;

    private readonly string? _value;

    private Topic(string value) => _value = value;

    /// <summary>The topic; empty for the one that is not set.</summary>
    public string Value => _value ?? "";

    /// <summary>What the digests of its events and the ids of its buckets are seeded with, so that they differ from those of others: XXH3 of it.</summary>
    internal long Seed
    {
        get
        {
            Span<byte> bytes = stackalloc byte[MaxLength];
            return unchecked((long)XxHash3.HashToUInt64(bytes[..Encoding.ASCII.GetBytes(Value, bytes)]));
        }
    }

    /// <summary>Reads a topic.</summary>
    /// <exception cref="FormatException">It is not a topic.</exception>
    public static Topic Parse(string text) => TryParse(text, out var topic) ? topic : throw new FormatException(Fault(text));

    /// <summary>Reads a topic; false when it is not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Topic topic)
    {
        var isOne = IsTopic(text);
        topic = isOne ? new Topic(text!) : default;
        return isOne;
    }

    /// <summary>Writes its bytes, as many as it has characters.</summary>
    internal void WriteTo(Span<byte> destination) => Encoding.ASCII.GetBytes(Value, destination);

    /// <summary>Reads a topic from its bytes; false when they are none.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out Topic topic) => TryParse(Encoding.Latin1.GetString(bytes), out topic);

    /// <summary>Whether bytes are a topic; allocates nothing.</summary>
    internal static bool IsOne(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[MaxLength];
        return bytes.Length <= MaxLength && IsTopic(text[..Encoding.Latin1.GetChars(bytes, text)]);
    }

    /// <inheritdoc/>
    static Topic IParsable<Topic>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<Topic>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Topic result) => TryParse(s, out result);

    /// <inheritdoc/>
    static Topic ISpanParsable<Topic>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());

    /// <inheritdoc/>
    static bool ISpanParsable<Topic>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Topic result) => TryParse(s.ToString(), out result);

    /// <summary>Why a text is not a topic. The text is not shown: it may be anything.</summary>
    internal static string Fault(string? text) => $"A topic is 1 to {MaxLength} letters (A to Z, a to z), digits, '.', '_' and '-', beginning with a letter or "
        + $"a digit; these {text?.Length ?? 0} characters are not.";

    private static bool IsTopic(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.Length > MaxLength || !char.IsAsciiLetterOrDigit(text[0]))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Topic other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The topic.</summary>
    public override string ToString() => Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(Topic left, Topic right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(Topic left, Topic right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(Topic left, Topic right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(Topic left, Topic right) => left.CompareTo(right) >= 0;
}
