using System.Net;
using System.Net.Sockets;

namespace AllData.Tests.Support;

/// <summary>
/// Stands before a port of one cluster for the silos of another one, and lets through what the network between the two lets through. A connection stays
/// open while nothing gets through, as it does where packets are lost: neither end learns that the other one has closed it.
/// </summary>
internal sealed class LinkProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _connections = [];
    private readonly int _port;
    private readonly LinkPath _there;
    private readonly LinkPath _back;
    private readonly Task _accepting;

    /// <param name="port">The port on this machine that it stands before.</param>
    /// <param name="there">The way to it.</param>
    /// <param name="back">The way back.</param>
    public LinkProxy(int port, LinkPath there, LinkPath back)
    {
        (_port, _there, _back) = (port, there, back);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Stop();
        Task[] open;
        lock (_connections)
        {
            open = [.. _connections];
        }

        await Task.WhenAll(open);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Keep(RunAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }

    private void Keep(Task connection)
    {
        lock (_connections)
        {
            _connections.RemoveWhere(static c => c.IsCompleted);
            _connections.Add(connection);
        }
    }

    private async Task RunAsync(Socket caller)
    {
        using var target = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (caller)
        {
            try
            {
                caller.NoDelay = true;
                await ShakeHandsAsync(caller, target);
                var there = new LinkPump(caller, target, _there).RunAsync(_stopping.Token);
                await Task.WhenAll(there, new LinkPump(target, caller, _back).RunAsync(_stopping.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nothing listens there, the caller has given up, or this ends.
            }
        }
    }

    // That takes both directions. The caller's own machine has answered it already, which a network would not have done.
    private async Task ShakeHandsAsync(Socket caller, Socket target)
    {
        await _there.WhenOpenAsync(_stopping.Token);
        await _back.WhenOpenAsync(_stopping.Token);
        await Task.Delay(_there.Delay + _back.Delay, _stopping.Token);
        if (caller.Poll(TimeSpan.Zero, SelectMode.SelectRead) && caller.Available == 0)
        {
            throw new OperationCanceledException("The caller has given up meanwhile.");
        }

        await target.ConnectAsync(IPAddress.Loopback, _port, _stopping.Token);
    }
}
