using System.Globalization;
using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// Writes keys as text without an allocation. Keys of a scan come in the order of their time, so the text of the minute is kept from one to
/// the next. Not for several threads.
/// </summary>
public sealed class KeyText
{
    private const int MinuteLength = 13;
    private const int SecondsLength = 5;
    private const int SequenceLength = 5;

    private readonly byte[] _minuteText = new byte[MinuteLength];
    private UnixMinute? _minute;

    /// <summary>Writes the 27 characters of a key.</summary>
    public void Write(Span<byte> destination, EventKey key)
    {
        if (key.UnixMinute != _minute)
        {
            key.Timestamp.TryFormat(_minuteText, out _, "yyyyMMdd'T'HHmm", CultureInfo.InvariantCulture);
            _minute = key.UnixMinute;
        }

        _minuteText.CopyTo(destination);
        WriteDigits(destination.Slice(MinuteLength, SecondsLength), (int)(key.UnixMilliseconds % UnixMinute.Milliseconds));
        WriteDigits(destination[(MinuteLength + SecondsLength)..^SequenceLength], key.Ordinal);
        WriteDigits(destination[^SequenceLength..], key.Sequence);
    }

    private static void WriteDigits(Span<byte> destination, int value)
    {
        for (var i = destination.Length - 1; i >= 0; i--)
        {
            destination[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
