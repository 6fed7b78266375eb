namespace AllData.Remote;

/// <summary>How a peer is reached: which client carries the calls to it, and where.</summary>
/// <param name="Client">The client's name: <see cref="Grain"/>, <see cref="Http"/>, <see cref="Original"/>, or as it was added.</param>
/// <param name="Address">What that client makes of it; only the client reads it.</param>
public sealed record PeerRoute(string Client, string Address)
{
    /// <summary>The client of peers that silos of this Orleans cluster host; it has no address.</summary>
    public const string Grain = "grain";

    /// <summary>The client of peers of another cluster: the peer protocol over HTTP/2. Its address is one or several URLs, with commas.</summary>
    public const string Http = "http";

    /// <summary>The client of nodes of the original alldata, which only take events. Its address is a URL.</summary>
    public const string Original = "alldata-http";
}
