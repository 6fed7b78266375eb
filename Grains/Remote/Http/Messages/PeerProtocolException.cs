namespace AllData.Remote.Http.Messages;

/// <summary>Bytes that are no message of the peer protocol, or a request that the other side does not take. The message says which.</summary>
internal sealed class PeerProtocolException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the other side does not know the call: it is of an earlier version.</summary>
    public bool IsUnknownCall { get; init; }
}
