namespace AllData.Remote.Http.Messages;

/// <summary>Bytes that are no message of the peer protocol, or a request that the other side does not take. The message says which.</summary>
internal class PeerProtocolException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The other side does not know a call: it is of an earlier version.</summary>
internal sealed class UnknownPeerCallException(string message) : PeerProtocolException(message);
