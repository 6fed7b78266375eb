using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;

namespace AllData.Tests.Support;

/// <summary>Carries one direction of a connection over a path. What it has read and not delivered is bounded, as what a network holds is.</summary>
/// <param name="from">Where the bytes come from.</param>
/// <param name="to">Where they go.</param>
/// <param name="path">What decides when.</param>
internal sealed class LinkPump(Socket from, Socket to, LinkPath path)
{
    private const int PieceBytes = 64 << 10;
    private const int MaxPieces = 64;

    private readonly Channel<Piece> _inFlight = Channel.CreateBounded<Piece>(new BoundedChannelOptions(MaxPieces) { SingleReader = true, SingleWriter = true });

    /// <summary>Runs until the end of the stream has been delivered, or an end is gone.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(ReadAsync(stop), DeliverAsync(stop));

    private async Task ReadAsync(CancellationToken stop)
    {
        var isReset = false;
        try
        {
            while (true)
            {
                var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
                var length = await from.ReceiveAsync(buffer.AsMemory(), stop);
                if (length == 0)
                {
                    break;
                }

                await _inFlight.Writer.WriteAsync(Piece.Of(buffer, length, path), stop);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            isReset = true;
        }

        await _inFlight.Writer.WriteAsync(Piece.End(isReset, path), stop);
        _inFlight.Writer.Complete();
    }

    private async Task DeliverAsync(CancellationToken stop)
    {
        var isGone = false;
        await foreach (var piece in _inFlight.Reader.ReadAllAsync(stop))
        {
            if (!isGone)
            {
                await piece.WaitAsync(stop);
                await path.WhenOpenAsync(stop);
                isGone = !await TryDeliverAsync(piece, stop);
            }

            piece.Return();
        }
    }

    // Where it cannot be delivered, the other direction's pump brings the news to its sender.
    private async Task<bool> TryDeliverAsync(Piece piece, CancellationToken stop)
    {
        try
        {
            if (piece.IsReset)
            {
                to.Close();
            }
            else if (piece.Length == 0)
            {
                to.Shutdown(SocketShutdown.Send);
            }
            else
            {
                await SendAsync(piece.Content, stop);
                path.OnArrived(piece.Length);
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> content, CancellationToken stop)
    {
        while (!content.IsEmpty)
        {
            content = content[await to.SendAsync(content, stop)..];
        }
    }

    private readonly record struct Piece(byte[]? Buffer, int Length, bool IsReset, long Due)
    {
        public ReadOnlyMemory<byte> Content => Buffer.AsMemory(0, Length);

        public static Piece Of(byte[] buffer, int length, LinkPath path) => new(buffer, length, false, DueOver(path));

        public static Piece End(bool isReset, LinkPath path) => new(null, 0, isReset, DueOver(path));

        public Task WaitAsync(CancellationToken stop)
        {
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), Due);
            return early > TimeSpan.Zero ? Task.Delay(early, stop) : Task.CompletedTask;
        }

        public void Return()
        {
            if (Buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(Buffer);
            }
        }

        private static long DueOver(LinkPath path) => Stopwatch.GetTimestamp() + (long)(path.Delay.TotalSeconds * Stopwatch.Frequency);
    }
}
