using AllData.Configuration;
using AllData.Peers;
using AllData.Remote;
using AllData.Remote.Http;
using AllData.Remote.Http.Serving;
using AllData.Silo.Http.Peers;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Unit.Remote;

/// <summary>A peer port on a real Kestrel and a free loopback port, with a peer in memory behind it, and what calls it.</summary>
internal sealed class PeerPort : IAsyncDisposable
{
    public static readonly PeerId Name = PeerId.Parse("west-a");

    private readonly PeerListener _listener;
    private readonly ILoggerFactory _loggers;

    private PeerPort(PeerListener listener, ILoggerFactory loggers, MemoryPeer peer, PeerTraffic traffic, RecordedLog log)
    {
        (_listener, _loggers, Peer, Traffic, Log) = (listener, loggers, peer, traffic, log);
    }

    public MemoryPeer Peer { get; }

    public PeerTraffic Traffic { get; }

    public RecordedLog Log { get; }

    /// <summary>Where it listens, without the slash at the end.</summary>
    public string Address => _listener.Address!.ToString().TrimEnd('/');

    /// <param name="configure">Options of the port.</param>
    /// <param name="host">What the silo says of itself; a silo of the test store that has the peer when not given.</param>
    /// <param name="maxBytes">Bytes of a message.</param>
    /// <param name="cluster">What the silo says of its cluster; nothing when not given.</param>
    public static async Task<PeerPort> StartAsync(Action<PeerHttpOptions>? configure = null, IPeerHost? host = null, long maxBytes = 1 << 20,
        IClusterHost? cluster = null)
    {
        var options = new PeerHttpOptions { Port = 0 };
        configure?.Invoke(options);
        var log = new RecordedLog();
        var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        var peer = new MemoryPeer();
        var traffic = new PeerTraffic(options.MaxRequestsInFlight, options.MaxWaitingBytes);
        var handler = new PeerRequestHandler(host ?? new Host(), new MemoryPeerClient().With("", peer), traffic, maxBytes, cluster);
        var listener = new PeerListener(handler, options, TimeProvider.System, loggers);
        await listener.StartAsync(CancellationToken.None);
        return new PeerPort(listener, loggers, peer, traffic, log);
    }

    /// <summary>A client of the peer protocol.</summary>
    public static HttpPeerClient Client(Action<AllDataOptions>? configure = null, Guid? store = null)
    {
        var options = new AllDataOptions();
        configure?.Invoke(options);
        return new HttpPeerClient(options, () => store ?? TestBlocks.Cluster, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.StopAsync(new CancellationToken(canceled: true));
        await _listener.DisposeAsync();
        _loggers.Dispose();
    }

    /// <summary>A silo that has one peer.</summary>
    internal sealed class Host : IPeerHost
    {
        public Guid? Store { get; init; } = TestBlocks.Cluster;

        public bool KnowsPeers { get; init; } = true;

        public bool? IsRegistered(PeerId peer) => KnowsPeers ? peer == Name : null;
    }
}
