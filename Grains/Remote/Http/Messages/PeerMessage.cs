using System.Buffers.Binary;

namespace AllData.Remote.Http.Messages;

/// <summary>
/// A question or an answer: a head of fields, and a tail of bytes that travel as they are. On the way it is the length of the head (4 bytes, little-endian),
/// the head and the tail; the length of the tail follows from that of the whole.
/// </summary>
/// <param name="Head">The fields.</param>
/// <param name="Tail">The bytes, never written to.</param>
internal readonly record struct PeerMessage(ReadOnlyMemory<byte> Head, byte[] Tail)
{
    /// <summary>Bytes before the head.</summary>
    public const int PrefixLength = sizeof(int);

    /// <summary>A message that says nothing.</summary>
    public static PeerMessage Empty { get; } = new(ReadOnlyMemory<byte>.Empty, []);

    /// <summary>Bytes of the whole.</summary>
    public long Length => PrefixLength + (long)Head.Length + Tail.Length;

    /// <summary>Sends it without copying the tail.</summary>
    public async Task WriteToAsync(Stream stream, CancellationToken cancellationToken)
    {
        var start = new byte[PrefixLength + Head.Length];
        BinaryPrimitives.WriteInt32LittleEndian(start, Head.Length);
        Head.Span.CopyTo(start.AsSpan(PrefixLength));
        await stream.WriteAsync(start, cancellationToken);
        if (Tail.Length > 0)
        {
            await stream.WriteAsync(Tail, cancellationToken);
        }
    }

    /// <summary>Reads a message of a known length; the tail is read to where it stays.</summary>
    /// <param name="stream">Where it comes from.</param>
    /// <param name="length">Bytes of the whole, as they were announced and admitted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PeerProtocolException">It is no message.</exception>
    /// <exception cref="EndOfStreamException">It ends before it is whole.</exception>
    public static async Task<PeerMessage> ReadFromAsync(Stream stream, long length, CancellationToken cancellationToken)
    {
        if (length < PrefixLength)
        {
            throw new PeerProtocolException($"A message of {length} bytes: it begins with {PrefixLength} bytes that say how long its head is.");
        }

        var prefix = new byte[PrefixLength];
        await stream.ReadExactlyAsync(prefix, cancellationToken);
        var headLength = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (headLength > length - PrefixLength)
        {
            throw new PeerProtocolException($"A message of {length} bytes says that its head has {headLength}.");
        }

        return new PeerMessage(
            await ReadAsync(stream, (int)headLength, cancellationToken),
            await ReadAsync(stream, checked((int)(length - PrefixLength - headLength)), cancellationToken));
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        if (length == 0)
        {
            return [];
        }

        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
