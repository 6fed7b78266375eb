using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AllData.Security;

/// <summary>
/// The buffers between Orleans and TLS. Orleans' TLS takes 4 KiB each from the connection's pool, and encrypts and sends each by itself: a message of 64
/// events would leave as four records, with a call of the system for each. These are as large as a record can be (RFC 8446, 5.1).
/// </summary>
internal sealed class TlsBuffers : MemoryPool<byte>, IMemoryPoolFeature
{
    private const int RecordBytes = 1 << 14;

    private static readonly TlsBuffers Instance = new();

    private TlsBuffers()
    {
    }

    /// <inheritdoc/>
    public override int MaxBufferSize => Shared.MaxBufferSize;

    /// <inheritdoc/>
    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => this;

    /// <summary>Gives them to the connections of a port; before TLS is added to it.</summary>
    public static void UseBy(IConnectionBuilder connections) => connections.Use(static next => connection =>
    {
        connection.Features.Set<IMemoryPoolFeature>(Instance);
        return next(connection);
    });

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, RecordBytes));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // They live as long as the process.
    }
}
