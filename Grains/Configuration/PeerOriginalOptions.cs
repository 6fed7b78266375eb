namespace AllData.Configuration;

/// <summary>
/// The port at which nodes of the original alldata have this silo as a peer, as they have an alldata-peer-server-http. They know no encryption and
/// identify no caller, so any machine that reaches the port can write. The silo program listens.
/// </summary>
public sealed class PeerOriginalOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AllData:Peers:Original";

    /// <summary>The port to listen on; 0 takes a free one. Default: none.</summary>
    public int? Port { get; set; }

    /// <summary>The address to listen on: a private network's, at most. Default: 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Connections at once. Default: 256.</summary>
    public int MaxConnections { get; set; } = 256;

    /// <summary>Events in flight at once; beyond it they are answered 500. Default: 256.</summary>
    public int MaxRequestsInFlight { get; set; } = 256;

    /// <summary>Bytes of events in memory at once; beyond it they are answered 500. Default: 67,108,864 (64 MiB).</summary>
    public long MaxWaitingBytes { get; set; } = 67_108_864;

    /// <summary>Slowest body that is waited for, bytes per second, once <see cref="BodyRateGrace"/> has passed. Default: 240.</summary>
    public double MinBodyBytesPerSecond { get; set; } = 240;

    /// <summary>Time before the slowest rate is applied, more than 1 s. Default: 5 s.</summary>
    public TimeSpan BodyRateGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time that a whole body may take to arrive, however steady its rate. Default: 30 s.</summary>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
