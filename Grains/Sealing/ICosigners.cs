using AllData.Peers;

namespace AllData.Sealing;

/// <summary>The way to the cosigners of other peers.</summary>
internal interface ICosigners
{
    /// <summary>The cosigner of a peer.</summary>
    ICosigner Of(PeerId peer);
}
