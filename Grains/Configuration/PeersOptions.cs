namespace AllData.Configuration;

/// <summary>How peers outside this cluster are reached, and reach this one.</summary>
public sealed class PeersOptions
{
    /// <summary>The peer protocol over HTTP/2.</summary>
    public PeerHttpOptions Http { get; set; } = new();

    /// <summary>What nodes of the original alldata have this silo for.</summary>
    public PeerOriginalOptions Original { get; set; } = new();
}

/// <summary>
/// The peer protocol over HTTP/2: the port at which silos of other clusters reach this silo's cluster, and what both ends identify themselves with. The
/// silo program listens; another host only calls.
/// </summary>
public sealed class PeerHttpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AllData:Peers:Http";

    /// <summary>The port to listen on; 0 takes a free one. Default: none, so that no other cluster reaches this one.</summary>
    public int? Port { get; set; }

    /// <summary>The address to listen on; without a certificate only a loopback address. Default: 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// The certificate of this silo, for serving and for calling: PEM (with <see cref="KeyFile"/>), or a PFX file, <c>.pfx</c> or <c>.p12</c>, with its key.
    /// Read at the start. Default: none, for loopback only.
    /// </summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The key of a PEM certificate, PEM; other users may not read it. Default: it is in the file of the certificate.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The password of a PFX file. Default: none.</summary>
    public string CertificatePassword { get; set; } = "";

    /// <summary>
    /// PEM file of the authorities whose certificates are trusted, at both ends. A holder of one may write and read everything: one that signs nothing but
    /// silos of this store. Default: none.
    /// </summary>
    public string TrustedCaFile { get; set; } = "";

    /// <summary>Trusted certificates themselves: SHA-256 thumbprints, hexadecimal, with commas between them. Default: none.</summary>
    public string TrustedThumbprints { get; set; } = "";

    /// <summary>Connections at once. Default: 64.</summary>
    public int MaxConnections { get; set; } = 64;

    /// <summary>Requests at once on a connection. Default: 100.</summary>
    public int MaxStreams { get; set; } = 100;

    /// <summary>Requests in flight at once, of all connections; beyond it they are refused as overloaded. Default: 256.</summary>
    public int MaxRequestsInFlight { get; set; } = 256;

    /// <summary>
    /// Bytes of questions and answers in memory at once; beyond it requests are refused as overloaded. At least two largest messages. Default: 67,108,864
    /// (64 MiB).
    /// </summary>
    public long MaxWaitingBytes { get; set; } = 67_108_864;

    /// <summary>Slowest body that is waited for, in either direction, bytes per second, once <see cref="BodyRateGrace"/> has passed. Default: 1,024.</summary>
    public double MinBodyBytesPerSecond { get; set; } = 1_024;

    /// <summary>Time before the slowest rate is applied, more than 1 s. Default: 5 s.</summary>
    public TimeSpan BodyRateGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time that a whole question may take to arrive, however steady its rate. Default: 30 s.</summary>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
