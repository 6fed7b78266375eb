using AllData.Peers;

namespace AllData.Remote.Http.Serving;

/// <summary>What the serving side asks of this silo.</summary>
internal interface IPeerHost
{
    /// <summary>The store; null as long as it is not known.</summary>
    Guid? Store { get; }

    /// <summary>Whether a peer is registered in this cluster; null as long as its peers are not known.</summary>
    bool? IsRegistered(PeerId peer);
}
