namespace AllData.Silo.Http.Ingest;

/// <summary>A compressed body as it arrives: counted, and room for its decoder is taken before the decoder gets the first byte.</summary>
/// <param name="body">The body.</param>
/// <param name="begin">Called once, with the first byte, before it is handed on.</param>
internal sealed class CompressedBody(Stream body, Func<byte, ValueTask> begin) : Stream
{
    private long _received;

    /// <summary>Compressed bytes that have come.</summary>
    public long Received => Volatile.Read(ref _received);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await body.ReadAsync(buffer, cancellationToken);
        if (_received == 0 && count > 0)
        {
            await begin(buffer.Span[0]);
        }

        Volatile.Write(ref _received, _received + count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
