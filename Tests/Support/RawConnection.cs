using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AllData.Tests.Support;

/// <summary>A TCP connection that sends given bytes, HTTP or not.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly StringBuilder _soFar = new();

    private RawConnection(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    /// <param name="address">Where to connect.</param>
    /// <param name="from">The address of this side; any when not given.</param>
    public static async Task<RawConnection> OpenAsync(Uri address, IPAddress? from = null)
    {
        var client = from is null ? new TcpClient() : new TcpClient(new IPEndPoint(from, 0));
        client.NoDelay = true;
        await client.ConnectAsync(address.Host, address.Port);
        return new RawConnection(client);
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Ends the connection with a reset, as a crash of the peer's machine would.</summary>
    public void Reset()
    {
        _client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Client.Close();
    }

    /// <summary>Sends no more; what was sent arrives.</summary>
    public void FinishSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads until a text has come; all that was read by such calls so far.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        using var bound = new CancellationTokenSource(Bound);
        var buffer = new byte[16_384];
        while (!_soFar.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await _stream.ReadAsync(buffer, bound.Token);
            Assert.True(count > 0, $"The connection was closed before '{text}'; received: '{_soFar}'.");
            _soFar.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return _soFar.ToString();
    }

    /// <summary>Reads until the other side closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var bound = new CancellationTokenSource(Bound);
        var received = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(received, bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The connection was not closed within {Bound}; received so far: '{Text(received)}'.");
        }
        catch (IOException)
        {
            // A reset closes it too: the other side did not want the rest of the request.
        }

        return Text(received);
    }

    public void Dispose() => _client.Dispose();

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
