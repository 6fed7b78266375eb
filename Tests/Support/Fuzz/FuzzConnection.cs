using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace AllData.Tests.Support;

/// <summary>Where requests are sent.</summary>
/// <param name="Address">Of a silo.</param>
/// <param name="Certificate">What this side shows over HTTPS; null where the silo speaks plain HTTP.</param>
internal sealed record FuzzTarget(Uri Address, X509Certificate2? Certificate = null)
{
    /// <summary>A client that reads back what was stored.</summary>
    public HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler { SslOptions = Tls };
        return new HttpClient(handler) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Of this side. The silo's certificate is not what is tried here.</summary>
    public SslClientAuthenticationOptions Tls => new()
    {
        TargetHost = Address.Host,
        ClientCertificates = Certificate is null ? null : [Certificate],
        RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
    };
}

/// <summary>A raw connection.</summary>
internal sealed class FuzzConnection : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly Stream _stream;

    private FuzzConnection(TcpClient client, Stream stream)
    {
        (_client, _stream) = (client, stream);
        Answers = new FuzzAnswerReader(stream);
    }

    /// <summary>What comes back.</summary>
    public FuzzAnswerReader Answers { get; }

    /// <summary>Connects.</summary>
    public static async Task<FuzzConnection> OpenAsync(FuzzTarget target, CancellationToken stop)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(target.Address.Host, target.Address.Port, stop);
            if (target.Certificate is null)
            {
                return new FuzzConnection(client, client.GetStream());
            }

            var secured = new SslStream(client.GetStream());
            await secured.AuthenticateAsClientAsync(target.Tls, stop);
            return new FuzzConnection(client, secured);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Sends bytes, in one piece or in several. A server that has answered may not want the rest.</summary>
    public async Task SendAsync(byte[] bytes, Random random, CancellationToken stop)
    {
        var pieces = random.Next(4) == 0 ? random.Next(2, 9) : 1;
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                var length = pieces <= 1 ? bytes.Length - sent : random.Next(1, bytes.Length - sent + 1);
                pieces--;
                await _stream.WriteAsync(bytes.AsMemory(sent, length), stop);
                sent += length;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // What it has answered before is read all the same.
        }
    }

    /// <summary>Sends no more.</summary>
    public void FinishSending()
    {
        try
        {
            _client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other side was first.
        }
    }

    /// <summary>Ends with a reset.</summary>
    public void Reset()
    {
        _client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Client.Close();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // It has ended.
        }

        _client.Dispose();
    }
}
