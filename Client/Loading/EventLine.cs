using AllData.Events;

namespace AllData.Client.Loading;

/// <summary>A line of the file that is not blank.</summary>
/// <param name="Number">Its number in the file, from 1; blank lines count.</param>
/// <param name="Bytes">The line without its ending; empty when it is too long.</param>
/// <param name="Ending">How it ended, so that it can be written out unchanged; a last line without an ending gets one.</param>
internal sealed record EventLine(long Number, byte[] Bytes, LineEnding Ending)
{
    /// <summary>Whether it was too long to be read; <see cref="LineReader.CopyLongLineAsync"/> passes it on.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>Bytes that it takes in a batch.</summary>
    public int PackedSize => PackedEvent.Overhead + Bytes.Length;
}

/// <summary>How a line ends.</summary>
internal enum LineEnding
{
    /// <summary>A line feed, or the end of the file.</summary>
    LineFeed,

    /// <summary>Carriage return and line feed.</summary>
    CarriageReturnLineFeed,
}
