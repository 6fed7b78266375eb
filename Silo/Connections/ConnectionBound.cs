using System.Net;
using AllData.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace AllData.Silo.Connections;

/// <summary>
/// Takes no more connections at a port than a number. Those beyond it are closed one after another, each before the next is accepted: however many come at
/// once, they hold one descriptor more than the number. (A bound that closes connections after they were accepted does not have this property: when many come
/// at once they are accepted faster than they are closed.)
/// </summary>
/// <param name="port">Which port, for the log.</param>
/// <param name="limit">Connections at once.</param>
/// <param name="perAddress">Connections at once from one address, so that it leaves room for others.</param>
/// <param name="logger">Logs it.</param>
internal sealed partial class ConnectionBound(string port, int limit, int perAddress, ILogger<ConnectionBound> logger)
{
    private readonly CountsByCaller<IPAddress> _addresses = new(perAddress);
    private int _open;
    private int _isTold;

    /// <summary>Of which one address takes half at most: however many one client opens, others are served.</summary>
    /// <param name="port">Which port, for the log.</param>
    /// <param name="limit">Connections at once.</param>
    /// <param name="logger">Logs it.</param>
    public ConnectionBound(string port, int limit, ILogger<ConnectionBound> logger)
        : this(port, limit, limit - (limit / 2), logger)
    {
    }

    /// <summary>Binds a listener that keeps the bound. All listeners that are bound with the same bound share it.</summary>
    /// <param name="factory">Makes the listener itself.</param>
    /// <param name="endpoint">Where to listen.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IConnectionListener> BindAsync(IConnectionListenerFactory factory, EndPoint endpoint, CancellationToken cancellationToken) =>
        new Listener(await factory.BindAsync(endpoint, cancellationToken), this);

    private async ValueTask<ConnectionContext?> AcceptAsync(IConnectionListener listener, CancellationToken cancellationToken)
    {
        while (await listener.AcceptAsync(cancellationToken) is { } accepted)
        {
            if (TryEnter(accepted))
            {
                return new Connection(accepted, this);
            }

            await accepted.DisposeAsync();
        }

        return null;
    }

    // A refusal is told once for each time that the port, or an address, has reached its number: a log that is filled by one port would be silent about
    // the others.
    private bool TryEnter(ConnectionContext accepted)
    {
        var address = AddressOf(accepted.RemoteEndPoint);
        if (Volatile.Read(ref _open) >= limit)
        {
            if (Interlocked.Exchange(ref _isTold, 1) == 0)
            {
                LogRefused(port, limit);
            }

            return false;
        }

        var (isAdmitted, isFirstRefusal) = _addresses.Enter(address);
        if (isFirstRefusal)
        {
            LogAddressRefused(address, port, perAddress);
        }

        if (isAdmitted)
        {
            Interlocked.Increment(ref _open);
        }

        return isAdmitted;
    }

    private void OnClosed(EndPoint? from)
    {
        _addresses.Leave(AddressOf(from));
        Interlocked.Decrement(ref _open);
        Volatile.Write(ref _isTold, 0);
    }

    private static IPAddress AddressOf(EndPoint? from) =>
        from is not IPEndPoint { Address: var address } ? IPAddress.None : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connections to the {Port} port are refused: {Limit} are open, the most that this port takes")]
    private partial void LogRefused(string port, int limit);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Connections from {Address} to the {Port} port are refused: {Limit} are open, the most that one address may have")]
    private partial void LogAddressRefused(IPAddress address, string port, int limit);

    private sealed class Listener(IConnectionListener inner, ConnectionBound bound) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => bound.AcceptAsync(inner, cancellationToken);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    /// <summary>A connection that is counted until its server has disposed of it: only then is its descriptor free.</summary>
    private sealed class Connection(ConnectionContext inner, ConnectionBound bound) : ConnectionContext
    {
        // Kept: a connection that has ended may not know it any more.
        private readonly EndPoint? _from = inner.RemoteEndPoint;
        private int _isClosed;

        public override string ConnectionId
        {
            get => inner.ConnectionId;
            set => inner.ConnectionId = value;
        }

        public override IFeatureCollection Features => inner.Features;

        public override IDictionary<object, object?> Items
        {
            get => inner.Items;
            set => inner.Items = value;
        }

        public override System.IO.Pipelines.IDuplexPipe Transport
        {
            get => inner.Transport;
            set => inner.Transport = value;
        }

        public override EndPoint? LocalEndPoint
        {
            get => inner.LocalEndPoint;
            set => inner.LocalEndPoint = value;
        }

        public override EndPoint? RemoteEndPoint
        {
            get => inner.RemoteEndPoint;
            set => inner.RemoteEndPoint = value;
        }

        public override CancellationToken ConnectionClosed
        {
            get => inner.ConnectionClosed;
            set => inner.ConnectionClosed = value;
        }

        public override void Abort() => inner.Abort();

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await inner.DisposeAsync();
                await base.DisposeAsync();
            }
            finally
            {
                if (Interlocked.Exchange(ref _isClosed, 1) == 0)
                {
                    bound.OnClosed(_from);
                }
            }
        }
    }
}
