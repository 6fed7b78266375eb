namespace AllData.Tests.Unit.Client;

/// <summary>Gives at most a few bytes a read, so that every boundary falls somewhere.</summary>
internal sealed class TrickleStream(byte[] bytes, int atATime) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(atATime, buffer.Length)], cancellationToken);
}
