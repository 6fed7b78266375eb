using AllData.Peers;

namespace AllData.Remote;

/// <summary>Which peers are alive, as far as this silo knows. Answers at once, from what is known here.</summary>
internal interface IPeerLiveness
{
    /// <summary>Whether a peer is alive. One that is may still be slow to answer.</summary>
    bool IsAlive(PeerId peer);
}
