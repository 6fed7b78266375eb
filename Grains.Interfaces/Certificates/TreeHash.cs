using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Certificates;

/// <summary>
/// A SHA-256 hash: of a leaf, a node or the root of a Merkle tree (RFC 6962, section 2.1), or of a text. Its text is 64 lower-case hexadecimal digits, as
/// <c>sha256sum</c> writes it. <c>default</c> is all zeros.
/// </summary>
[GenerateSerializer, Immutable, Alias("AllData.TreeHash"), JsonConverter(typeof(ParsableJsonConverter<TreeHash>))]
public readonly record struct TreeHash : IComparable<TreeHash>, ISpanParsable<TreeHash>
{
    /// <summary>Bytes of the binary form.</summary>
    public const int BinaryLength = 32;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;
    private const int HalfLength = 16;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    [Id(0)]
    private readonly UInt128 _high;

    [Id(1)]
    private readonly UInt128 _low;

    private TreeHash(UInt128 high, UInt128 low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    internal static TreeHash Empty { get; } = Of([]);

    /// <summary>Its 32 bytes in standard base64, as checkpoints and proofs write it.</summary>
    internal string Base64
    {
        get
        {
            Span<byte> bytes = stackalloc byte[BinaryLength];
            WriteTo(bytes);
            return Convert.ToBase64String(bytes);
        }
    }

    /// <summary>The plain SHA-256 of bytes.</summary>
    public static TreeHash Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[BinaryLength];
        SHA256.HashData(bytes, hash);
        return ReadFrom(hash);
    }

    /// <summary>The hash of a leaf: SHA-256 of a zero byte and the entry.</summary>
    internal static TreeHash OfLeaf(ReadOnlySpan<byte> entry)
    {
        Span<byte> bytes = entry.Length < 256 ? stackalloc byte[1 + entry.Length] : new byte[1 + entry.Length];
        bytes[0] = LeafPrefix;
        entry.CopyTo(bytes[1..]);
        return Of(bytes);
    }

    /// <summary>The hash of an inner node: SHA-256 of a byte 1 and both hashes.</summary>
    internal static TreeHash OfNode(TreeHash left, TreeHash right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * BinaryLength)];
        bytes[0] = NodePrefix;
        left.WriteTo(bytes[1..]);
        right.WriteTo(bytes[(1 + BinaryLength)..]);
        return Of(bytes);
    }

    /// <summary>Reads the binary form.</summary>
    /// <param name="source">At least <see cref="BinaryLength"/> bytes.</param>
    public static TreeHash ReadFrom(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(source), BinaryPrimitives.ReadUInt128BigEndian(source[HalfLength..]));

    /// <summary>Writes the binary form.</summary>
    /// <param name="destination">At least <see cref="BinaryLength"/> bytes.</param>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt128BigEndian(destination[HalfLength..], _low);
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not 64 lower-case hexadecimal digits.</exception>
    public static TreeHash Parse(string text) => TryParse(text, out var hash)
        ? hash
        : throw new FormatException($"A hash is 64 hexadecimal digits in lower case; these {text.Length} characters are not.");

    /// <summary>Reads the text form; false when it is not exactly one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TreeHash hash)
    {
        hash = default;
        if (text.Length != 2 * BinaryLength || text.ContainsAnyExcept(Digits))
        {
            return false;
        }

        hash = ReadFrom(Convert.FromHexString(text));
        return true;
    }

    /// <summary>Reads the base64 form; false when it is not exactly one.</summary>
    internal static bool TryParseBase64(ReadOnlySpan<char> text, out TreeHash hash)
    {
        var isOne = StrictBase64.TryRead(text, out var bytes) && bytes.Length == BinaryLength;
        hash = isOne ? ReadFrom(bytes) : default;
        return isOne;
    }

    /// <inheritdoc/>
    static TreeHash IParsable<TreeHash>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<TreeHash>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TreeHash result) =>
        TryParse(s.AsSpan(), out result);

    /// <inheritdoc/>
    static TreeHash ISpanParsable<TreeHash>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());

    /// <inheritdoc/>
    static bool ISpanParsable<TreeHash>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out TreeHash result) => TryParse(s, out result);

    /// <summary>In the order of the bytes.</summary>
    public int CompareTo(TreeHash other)
    {
        var byHigh = _high.CompareTo(other._high);
        return byHigh != 0 ? byHigh : _low.CompareTo(other._low);
    }

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => $"{_high:x32}{_low:x32}";

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(TreeHash left, TreeHash right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(TreeHash left, TreeHash right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(TreeHash left, TreeHash right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(TreeHash left, TreeHash right) => left.CompareTo(right) >= 0;
}
