using AllData.Peers;

namespace AllData.Remote;

/// <summary>What can be asked of the peers that a client reaches.</summary>
public enum PeerCapabilities
{
    /// <summary>Every call of <see cref="IReplica"/>.</summary>
    All = 0,

    /// <summary>
    /// Only <see cref="IReplica.AppendAsync"/>, <see cref="IReplica.PingAsync"/> and <see cref="IReplica.TellTopology"/>; the others throw a
    /// <see cref="NotSupportedException"/>.
    /// </summary>
    PutOnly = 1,
}

/// <summary>
/// Carries calls to peers that are reached in one way; added to a silo by name (<c>AddPeerClient</c>). One for a process; safe for several threads.
/// </summary>
/// <remarks>
/// <para>
/// What the store relies on: <see cref="IReplica.AppendAsync"/> answers <i>stored</i> only when the block's bytes, or each of its events, are durable on the
/// peer, and may be called again with the same block at any time. A call that gets no answer ends with a <see cref="TimeoutException"/>, at the deadline of
/// its kind; one that does not reach the peer, or whose connection breaks, with an <see cref="IOException"/>; any other exception means that the peer has
/// answered with an error. A cancelled call ends at once, with an <see cref="OperationCanceledException"/>. Bytes that come back are the bytes that were sent.
/// </para>
/// <para><see cref="Conformance.PeerClientCheck"/> checks a client against a peer.</para>
/// </remarks>
public interface IPeerClient
{
    /// <summary>What can be asked of the peers.</summary>
    PeerCapabilities Capabilities { get; }

    /// <summary>The replica of a peer. Asks no peer and waits for nothing: whether the peer answers is seen when it is called.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="address">Where it is, in this client's own words.</param>
    /// <exception cref="FormatException">This is no address; the sentence says what one looks like.</exception>
    IReplica Connect(PeerId peer, string address);
}
