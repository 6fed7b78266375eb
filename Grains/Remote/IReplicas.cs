using AllData.Peers;

namespace AllData.Remote;

/// <summary>The way to the peers' replicas.</summary>
internal interface IReplicas
{
    /// <summary>The replica of a peer. Cheap and without a call: whether the peer answers shows when it is called.</summary>
    IReplica Of(PeerId peer);

    /// <summary>What an exception from a call says about the peer.</summary>
    CallFailure FailureOf(Exception thrown);
}

/// <summary>Why a call to a peer's replica got no answer. A refusal by the peer is an answer.</summary>
internal enum CallFailure
{
    /// <summary>No answer came within the deadline.</summary>
    Silent,

    /// <summary>The peer could not be reached, or its connection broke: the peer itself has said nothing.</summary>
    Unreachable,

    /// <summary>The peer answered with an error.</summary>
    Failed,
}
