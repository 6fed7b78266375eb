using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Events;

/// <summary>
/// The identity of an event, sortable by time: <c>YYYYMMDDThhmmssfffnnnnnnnnn</c>, 27 ASCII characters, UTC. The nine digits after the
/// milliseconds are four digits of the coordinator's ordinal and five digits of its sequence within the millisecond.
/// </summary>
/// <remarks>
/// The binary form (12 bytes: milliseconds since 1970 as a big-endian 64-bit integer, then the nine digits as a big-endian 32-bit
/// integer) sorts like the text. <c>default</c> is 1970-01-01 with all digits zero and is never issued.
/// </remarks>
[Immutable, Alias("AllData.EventKey"), JsonConverter(typeof(ParsableJsonConverter<EventKey>))]
public readonly record struct EventKey : IComparable<EventKey>, ISpanParsable<EventKey>, ISpanFormattable
{
    /// <summary>Characters of the text form.</summary>
    public const int TextLength = 27;

    /// <summary>Bytes of the binary form.</summary>
    public const int BinaryLength = 12;

    /// <summary>Largest ordinal that fits into a key.</summary>
    public const int MaxOrdinal = 9_999;

    /// <summary>Largest sequence within a millisecond.</summary>
    public const int MaxSequence = 99_999;

    /// <summary>First sequence of the range that is handed out by <c>ReserveKeys</c>; below it lie the coordinator's own keys.</summary>
    public const int FirstReservedSequence = 50_000;

    private const string TimeFormat = "yyyyMMdd'T'HHmmssfff";
    private const int TimeLength = 18;
    private const int SequencesPerOrdinal = 100_000;
    private const int MaxTail = (MaxOrdinal * SequencesPerOrdinal) + MaxSequence;

    private static readonly long MaxUnixMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private readonly long _unixMilliseconds;

    private readonly int _tail;

    private bool IsPossible =>
        _unixMilliseconds >= 0 && _unixMilliseconds <= MaxUnixMilliseconds && _tail is >= 0 and <= MaxTail;

    private EventKey(long unixMilliseconds, int tail)
    {
        _unixMilliseconds = unixMilliseconds;
        _tail = tail;
    }

    /// <summary>The largest key; never issued, so that a range may end before it.</summary>
    public static EventKey MaxValue { get; } = new(MaxUnixMilliseconds, MaxTail);

    /// <summary>Milliseconds since 1970-01-01 UTC.</summary>
    public long UnixMilliseconds => _unixMilliseconds;

    /// <summary>The minute that it lies in; a block never crosses one.</summary>
    public UnixMinute UnixMinute => UnixMinute.Of(this);

    /// <summary>The key's time, UTC, to the millisecond.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(_unixMilliseconds);

    /// <summary>The ordinal of the data directory whose coordinator issued the key, 0 to <see cref="MaxOrdinal"/>.</summary>
    public int Ordinal => _tail / SequencesPerOrdinal;

    /// <summary>The nine digits after the milliseconds.</summary>
    internal int Tail => _tail;

    /// <summary>The sequence within the millisecond, 0 to <see cref="MaxSequence"/>.</summary>
    public int Sequence => _tail % SequencesPerOrdinal;

    /// <summary>Whether the key is of the range that <c>ReserveKeys</c> hands out.</summary>
    public bool IsReserved => Sequence >= FirstReservedSequence;

    /// <summary>Smallest key of a millisecond.</summary>
    /// <param name="unixMilliseconds">Milliseconds since 1970, not negative.</param>
    public static EventKey FirstAt(long unixMilliseconds) => Create(unixMilliseconds, 0, 0);

    /// <summary>
    /// Smallest key at or after a time: where a range begins. Keys have milliseconds, so a finer time is taken up to the next one; in the last
    /// millisecond of the year 9999 that is <see cref="MaxValue"/>.
    /// </summary>
    /// <param name="time">A time, of any offset, 1970 UTC or later.</param>
    /// <exception cref="ArgumentOutOfRangeException">It lies before 1970.</exception>
    public static EventKey FirstAt(DateTimeOffset time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, DateTimeOffset.UnixEpoch);
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        var milliseconds = (ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
        return milliseconds > MaxUnixMilliseconds ? MaxValue : Create(milliseconds, 0, 0);
    }

    /// <summary>Builds a key from its parts.</summary>
    /// <param name="unixMilliseconds">Milliseconds since 1970, not negative.</param>
    /// <param name="ordinal">0 to <see cref="MaxOrdinal"/>.</param>
    /// <param name="sequence">0 to <see cref="MaxSequence"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part is out of its range.</exception>
    public static EventKey Create(long unixMilliseconds, int ordinal, int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(unixMilliseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unixMilliseconds, MaxUnixMilliseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ordinal, MaxOrdinal);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, MaxSequence);
        return new EventKey(unixMilliseconds, (ordinal * SequencesPerOrdinal) + sequence);
    }

    /// <summary>Builds a key from milliseconds and the nine digits after them; false if they are not valid.</summary>
    internal static bool TryCreate(long unixMilliseconds, int tail, out EventKey key)
    {
        key = new EventKey(unixMilliseconds, tail);
        return key.IsPossible;
    }

    /// <summary>The key directly after this one: the first of a range that begins behind this key.</summary>
    /// <exception cref="ArgumentOutOfRangeException">This is <see cref="MaxValue"/>.</exception>
    // Not a property: code that walks through the properties of an event would follow it endlessly.
    public EventKey GetSuccessor() => _tail < MaxTail ? new EventKey(_unixMilliseconds, _tail + 1) : Create(_unixMilliseconds + 1, 0, 0);

    /// <summary>The key directly before this one, which is not the smallest.</summary>
    internal EventKey GetPredecessor() => _tail > 0 ? new EventKey(_unixMilliseconds, _tail - 1) : new EventKey(_unixMilliseconds - 1, MaxTail);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a key.</exception>
    public static EventKey Parse(string text) => TryParse(text, out var key)
        ? key
        : throw new FormatException($"'{text}' is not a key: 27 characters YYYYMMDDThhmmssfffnnnnnnnnn, UTC, 1970 or later, are expected.");

    /// <summary>Reads the text form; false when it is not exactly a key (a time that does not exist included).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EventKey key) => TryParse(text.AsSpan(), out key);

    /// <summary>Reads the text form; false when it is not exactly a key (a time that does not exist included).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EventKey key)
    {
        key = default;
        if (text.Length != TextLength
            || !DateTime.TryParseExact(text[..TimeLength], TimeFormat, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            || !WholeNumber.TryParse(text[TimeLength..], MaxTail, out var tail)
            || time < DateTime.UnixEpoch)
        {
            return false;
        }

        key = new EventKey((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond, tail);
        return true;
    }

    /// <inheritdoc/>
    static EventKey IParsable<EventKey>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<EventKey>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EventKey result) => TryParse(s, out result);

    /// <inheritdoc/>
    static EventKey ISpanParsable<EventKey>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s.ToString());

    /// <inheritdoc/>
    static bool ISpanParsable<EventKey>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out EventKey result) => TryParse(s, out result);

    /// <summary>Reads the binary form.</summary>
    /// <param name="source">At least <see cref="BinaryLength"/> bytes.</param>
    /// <exception cref="FormatException">The bytes are not a key.</exception>
    public static EventKey ReadFrom(ReadOnlySpan<byte> source) =>
        TryReadFrom(source, out var key) ? key : throw new FormatException("Twelve bytes that are not a key.");

    /// <summary>Reads the binary form; false when the bytes are not a key.</summary>
    /// <param name="source">At least <see cref="BinaryLength"/> bytes.</param>
    /// <param name="key">The key.</param>
    public static bool TryReadFrom(ReadOnlySpan<byte> source, out EventKey key) =>
        TryCreate(BinaryPrimitives.ReadInt64BigEndian(source), BinaryPrimitives.ReadInt32BigEndian(source[8..]), out key);

    /// <summary>Writes the binary form.</summary>
    /// <param name="destination">At least <see cref="BinaryLength"/> bytes.</param>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, _unixMilliseconds);
        BinaryPrimitives.WriteInt32BigEndian(destination[8..], _tail);
    }

    /// <inheritdoc/>
    public int CompareTo(EventKey other)
    {
        var byTime = _unixMilliseconds.CompareTo(other._unixMilliseconds);
        return byTime != 0 ? byTime : _tail.CompareTo(other._tail);
    }

    /// <summary>The text form, 27 characters.</summary>
    public override string ToString() => string.Create(TextLength, this, static (text, key) => key.Write(text));

    /// <inheritdoc/>
    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        charsWritten = destination.Length < TextLength ? 0 : TextLength;
        if (charsWritten > 0)
        {
            Write(destination);
        }

        return charsWritten > 0;
    }

    private void Write(Span<char> text)
    {
        Timestamp.TryFormat(text, out _, TimeFormat, CultureInfo.InvariantCulture);
        _tail.TryFormat(text[TimeLength..], out _, "D9", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the left key sorts before the right one.</summary>
    public static bool operator <(EventKey left, EventKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left key sorts after the right one.</summary>
    public static bool operator >(EventKey left, EventKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left key sorts before the right one or is the same.</summary>
    public static bool operator <=(EventKey left, EventKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left key sorts after the right one or is the same.</summary>
    public static bool operator >=(EventKey left, EventKey right) => left.CompareTo(right) >= 0;
}
