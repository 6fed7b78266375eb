namespace AllData.Protocol.Topologies;

/// <summary>Whether a peer can take a block now.</summary>
internal enum PeerAvailability
{
    /// <summary>Nothing speaks against it.</summary>
    Available = 0,

    /// <summary>A silo hosts it, but it was silent, failing or full a moment ago: asked only when no better peer is left.</summary>
    Avoided = 1,

    /// <summary>No silo hosts it: never asked.</summary>
    Dead = 2,
}

/// <summary>
/// What the coordinator knows of the peers right now: silo membership, recent silence and errors, reported fullness. The topology names the intended
/// peers; this says which of them can take a block.
/// </summary>
internal interface IPeerAvailability
{
    /// <summary>Whether a peer can take a block now. Called for few peers a block; has to be cheap and must not throw.</summary>
    /// <param name="peerIndex">Its index in the topology that the block is planned with.</param>
    PeerAvailability Of(int peerIndex);

    /// <summary>The peers that are not dead, in which spares are searched. Asked only where a spare is needed; prepared once, not for each block.</summary>
    AlivePeers Alive { get; }
}
