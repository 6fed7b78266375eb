using System.Net;
using System.Net.Sockets;

namespace AllData.Tests.Support;

/// <summary>
/// Stands between a store and its server, and cuts a connection at the moment that matters most: the server has committed, and the answer
/// is on its way.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    // A row with one column of sixteen bytes: the id of a block that was put in. It is sent together with the end of the transaction.
    private static ReadOnlySpan<byte> StoredId => "D\0\0\0\u001a\0\u0001\0\0\0\u0010"u8;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _serverPort;
    private readonly List<TcpClient> _open = [];
    private readonly Task _accepting;
    private int _cutsLeft;
    private int _cuts;

    /// <summary>Listens before a server on this machine.</summary>
    public CuttingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it has cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Whether the server is left in the belief that the connection still stands, as when a network fails.</summary>
    public bool LeaveServerSide { get; init; }

    /// <summary>Cuts at the next commits that are answered.</summary>
    public void Cut(int times) => Volatile.Write(ref _cutsLeft, times);

    /// <summary>Cuts all connections now; it goes on to take new ones.</summary>
    public void CutAll()
    {
        lock (_open)
        {
            _open.ForEach(connection => connection.Dispose());
            _open.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        lock (_open)
        {
            _open.ForEach(connection => connection.Dispose());
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                lock (_open)
                {
                    _open.AddRange([client, server]);
                }

                await server.ConnectAsync(IPAddress.Loopback, _serverPort);
                _ = PassOnAsync(client, server, client);
                _ = PassAnswersAsync(client, server);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private static async Task PassOnAsync(TcpClient from, TcpClient to, TcpClient end)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            end.Close();
        }
    }

    private async Task PassAnswersAsync(TcpClient client, TcpClient server)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int length;
            while ((length = await server.GetStream().ReadAsync(buffer)) > 0)
            {
                if (buffer.AsSpan(0, length).IndexOf(StoredId) >= 0 && Interlocked.Decrement(ref _cutsLeft) >= 0)
                {
                    Interlocked.Increment(ref _cuts);
                    client.Close();
                    if (!LeaveServerSide)
                    {
                        server.Close();
                    }

                    return;
                }

                await client.GetStream().WriteAsync(buffer.AsMemory(0, length));
            }

            client.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            client.Close();
        }
    }
}
