using AllData.Events;

namespace AllData.Client.Put;

/// <summary>A line of the file that is not blank.</summary>
/// <param name="Number">Its number in the file, from 1; blank lines count.</param>
/// <param name="Bytes">The line without its ending; empty when it is too long.</param>
/// <param name="Ending">How it ended, so that it can be written out unchanged; a last line without an ending gets one.</param>
internal sealed record EventLine(long Number, byte[] Bytes, LineEnding Ending)
{
    /// <summary>Whether it was too long to be read; <see cref="LineReader.CopyLongLineAsync"/> passes it on.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>The key that it carries; null where the line is the event.</summary>
    public EventKey? Key { get; init; }

    /// <summary>The event that it carries next to its key; null if the line is the event.</summary>
    public byte[]? Payload { get; init; }

    public byte[] Event => Payload ?? Bytes;

    /// <summary>Bytes that it takes in a batch.</summary>
    public int PackedSize => PackedEvent.Overhead + Event.Length;

    /// <summary>The line as it was, with its ending.</summary>
    public byte[] ToOriginal() => [.. Bytes, .. Ending == LineEnding.CarriageReturnLineFeed ? "\r\n"u8 : "\n"u8];
}

/// <summary>How a line ends.</summary>
internal enum LineEnding
{
    /// <summary>A line feed, or the end of the file.</summary>
    LineFeed,

    /// <summary>Carriage return and line feed.</summary>
    CarriageReturnLineFeed,
}
