using AllData.Peers;

namespace AllData.Remote;

/// <summary>The way to the peers' replicas.</summary>
internal interface IReplicas
{
    /// <summary>The replica of a peer. Cheap and without a call: whether the peer answers shows when it is called.</summary>
    IReplica Of(PeerId peer);

    /// <summary>What an exception that a call has thrown tells of the peer.</summary>
    CallFailure FailureOf(Exception thrown);
}

/// <summary>Why a call to a peer's replica has given no answer. That the peer has answered with a refusal is an answer.</summary>
internal enum CallFailure
{
    /// <summary>No word came within the deadline.</summary>
    Silent,

    /// <summary>The peer could not be reached, or its connection broke: that is no word of its own.</summary>
    Unreachable,

    /// <summary>The peer answered with an error.</summary>
    Failed,
}
