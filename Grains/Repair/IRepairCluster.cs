using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>The registered peers, which of them are alive, and the way to them: the silo's own view, or a simulated one.</summary>
internal interface IRepairCluster
{
    /// <summary>The newest topology that is known here.</summary>
    Topology Topology { get; }

    /// <summary>Whether a live silo hosts a peer of that topology now.</summary>
    bool IsAlive(PeerId peer);

    /// <summary>The name of the other cluster of the store that registers a peer; null if this cluster does.</summary>
    string? OtherClusterOf(PeerId peer);

    /// <summary>The way to another peer's replica. Each call ends by itself, with an exception when there is no answer in time.</summary>
    IRepairSource SourceOf(PeerId peer);
}
