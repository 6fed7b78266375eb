using AllData.Peers;

namespace AllData.Errors;

/// <summary>An order to the registry, or an announcement, was refused. Nothing changed.</summary>
[GenerateSerializer, Alias("AllData.PeerRefusedException")]
public class PeerRefusedException(string message, PeerId peer) : Exception(message)
{
    /// <summary>The peer concerned.</summary>
    [Id(0)]
    public PeerId Peer { get; init; } = peer;
}

/// <summary>
/// The peer is registered in another cluster of the store, which alone decides about it. Nothing changed. Give the order there.
/// </summary>
[GenerateSerializer, Alias("AllData.PeerOfOtherClusterException")]
public sealed class PeerOfOtherClusterException(string message, PeerId peer, string cluster) : PeerRefusedException(message, peer)
{
    /// <summary>The name of the peer's home cluster; its number, if the federation document has no name for it.</summary>
    [Id(0)]
    public string Cluster { get; init; } = cluster;
}

/// <summary>The ordinals of a cluster of a federated store are used up: a peer with a new data directory cannot get one. Nothing changed.</summary>
[GenerateSerializer, Alias("AllData.OrdinalsUsedUpException")]
public sealed class OrdinalsUsedUpException(string message, PeerId peer, string ranges) : PeerRefusedException(message, peer)
{
    /// <summary>The ranges of the cluster, <c>600-1199</c>, with commas between several.</summary>
    [Id(0)]
    public string Ranges { get; init; } = ranges;
}

/// <summary>No active silo hosts the peer, so its replica cannot be reached now.</summary>
[GenerateSerializer, Alias("AllData.PeerNotHostedException")]
public sealed class PeerNotHostedException(PeerId peer)
    : Exception($"No active silo hosts peer '{peer}'. Start it, or drop the peer.")
{
    /// <summary>The peer concerned.</summary>
    [Id(0)]
    public PeerId Peer { get; init; } = peer;
}

/// <summary>The registry's database does not answer, so its state cannot be changed now. Puts are not affected.</summary>
[GenerateSerializer, Alias("AllData.RegistryUnavailableException")]
public sealed class RegistryUnavailableException(string message) : Exception(message);

/// <summary>
/// A peer is not dropped: something would be left with too few copies without it, or what it alone may hold is not known. Nothing changed. Drain it first,
/// or drop it by force.
/// </summary>
[GenerateSerializer, Alias("AllData.PeerStillNeededException")]
public sealed class PeerStillNeededException(string message, PeerId peer, DepartureCheck check) : Exception(message)
{
    /// <summary>The peer concerned.</summary>
    [Id(0)]
    public PeerId Peer { get; init; } = peer;

    /// <summary>What was counted, to its end or as far as the count got in time.</summary>
    [Id(1)]
    public DepartureCheck Check { get; init; } = check;
}
