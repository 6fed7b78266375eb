using System.Net;
using System.Net.Sockets;
using AllData.Silo.Connections;
using AllData.Tests.Support;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Unit.Silo;

public sealed class ConnectionBoundTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly SocketTransportFactory _sockets = new(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
    private readonly ConnectionBound _bound = new("tried", limit: 2, perAddress: 2, NullLogger<ConnectionBound>.Instance);
    private readonly List<Socket> _clients = [];
    private IConnectionListener? _listener;

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task Connections_beyond_the_bound_are_closed_and_one_that_is_disposed_of_makes_room()
    {
        _listener = await _bound.BindAsync(_sockets, new IPEndPoint(IPAddress.Loopback, 0), default);
        var first = await AcceptedAsync();
        await using var second = await AcceptedAsync();

        var accepted = _listener.AcceptAsync();
        var refused = new[] { await OpenAsync(), await OpenAsync(), await OpenAsync() };
        foreach (var socket in refused)
        {
            Assert.Equal(0, await ReadAsync(socket));
        }

        Assert.False(accepted.IsCompleted);
        await first.DisposeAsync();
        await first.DisposeAsync();
        await OpenAsync();
        await using var third = Assert.IsAssignableFrom<ConnectionContext>(await accepted);
        Assert.Equal(0, await RefusedAsync());
    }

    [Fact]
    public async Task One_address_takes_half_of_the_connections_at_most_and_another_is_served()
    {
        var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var bound = new ConnectionBound("tried", limit: 3, loggers.CreateLogger<ConnectionBound>());
        _listener = await bound.BindAsync(_sockets, new IPEndPoint(IPAddress.Loopback, 0), default);
        var first = await AcceptedAsync();
        await using var second = await AcceptedAsync();

        var accepted = _listener.AcceptAsync().AsTask();
        Assert.Equal(0, await ReadAsync(await OpenAsync()));
        Assert.Equal(0, await ReadAsync(await OpenAsync()));
        Assert.False(accepted.IsCompleted);
        await OpenAsync(IPAddress.Parse("127.0.0.2"));
        await using var other = Assert.IsAssignableFrom<ConnectionContext>(await accepted.WaitAsync(Bound));

        Assert.Single(log.Lines, static line => line.Message.Contains(
            "Connections from 127.0.0.1 to the tried port are refused: 2 are open, the most that one address may have", StringComparison.Ordinal));
        await first.DisposeAsync();
        await using var again = await AcceptedAsync();
    }

    [Fact]
    public async Task However_many_come_at_once_no_other_is_accepted_before_the_refused_one_is_closed()
    {
        var inner = new SlowlyClosing();
        await using var listener = await _bound.BindAsync(inner, new IPEndPoint(IPAddress.Loopback, 0), default);
        await listener.AcceptAsync();
        await listener.AcceptAsync();

        var third = listener.AcceptAsync();

        Assert.Equal(3, inner.Accepted);
        inner.Last!.Closing.SetResult();
        await inner.FourthAccepted.Task.WaitAsync(Bound);
        Assert.False(third.IsCompleted);
        Assert.Equal(4, inner.Accepted);
    }

    [Fact]
    public void All_listeners_of_Kestrel_or_of_Orleans_are_bounded()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConnectionListenerFactory>(_sockets);
        services.AddSingleton<IConnectionListenerFactory>(_ => _sockets);
        services.AddKeyedSingleton<IConnectionListenerFactory>("key", (_, _) => _sockets);

        services.BoundConnections(_ => _ => _bound);
        services.BoundOrleansConnections(_ => _ => _bound);

        using var provider = services.BuildServiceProvider();
        Assert.All(
            [.. provider.GetServices<IConnectionListenerFactory>(), provider.GetRequiredKeyedService<IConnectionListenerFactory>("key")],
            factory => Assert.NotSame(_sockets, factory));
    }

    private async Task<ConnectionContext> AcceptedAsync()
    {
        await OpenAsync();
        return Assert.IsAssignableFrom<ConnectionContext>(await _listener!.AcceptAsync().AsTask().WaitAsync(Bound));
    }

    private async Task<int> RefusedAsync()
    {
        var accepted = _listener!.AcceptAsync();
        var received = await ReadAsync(await OpenAsync());
        Assert.False(accepted.IsCompleted);
        return received;
    }

    private async Task<Socket> OpenAsync(IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _clients.Add(socket);
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await socket.ConnectAsync(_listener!.EndPoint);
        return socket;
    }

    private static async Task<int> ReadAsync(Socket socket)
    {
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            return await socket.ReceiveAsync(new byte[1], bound.Token);
        }
        catch (SocketException)
        {
            // A reset is an end, too.
            return 0;
        }
    }

    /// <summary>A listener to which connections come at once, each of which closes only when it is told to.</summary>
    private sealed class SlowlyClosing : IConnectionListenerFactory, IConnectionListener
    {
        public int Accepted { get; private set; }

        public SlowConnection? Last { get; private set; }

        public TaskCompletionSource FourthAccepted { get; } = new();

        public EndPoint EndPoint => new IPEndPoint(IPAddress.Loopback, 1);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            Accepted++;
            if (Accepted == 4)
            {
                FourthAccepted.SetResult();
            }

            // Later ones come when the first are closed: a bound that accepts without waiting is seen to, and does not go on without end.
            if (Accepted > 4)
            {
                return new(new TaskCompletionSource<ConnectionContext?>().Task);
            }

            Last = new SlowConnection();
            return new(Last);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class SlowConnection : DefaultConnectionContext
    {
        public TaskCompletionSource Closing { get; } = new();

        public override void Abort(ConnectionAbortedException abortReason)
        {
        }

        public override async ValueTask DisposeAsync()
        {
            await Closing.Task;
            await base.DisposeAsync();
        }
    }
}
