using AllData.Peers;

namespace AllData.Remote;

/// <summary>A silo of this cluster that remembers what the registry has said: it is asked by a registry that may have been put back from a backup.</summary>
internal interface IRemembersTopology
{
    /// <summary>What the peer's silo remembers of the registry's word. Ends by itself, as the calls of <see cref="IReplica"/> do.</summary>
    Task<SeenTopology> GetSeenTopologyAsync();
}
