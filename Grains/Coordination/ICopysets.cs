using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Coordination;

/// <summary>Hands out the copysets of a silo's blocks.</summary>
internal interface ICopysets
{
    /// <summary>The one source of randomness of this silo's placement.</summary>
    Random Random { get; }

    /// <summary>The copyset for the next block.</summary>
    /// <exception cref="Errors.NotEnoughPeersException">Fewer storing peers are registered than replicas requested.</exception>
    PlacedCopyset Next(Topology topology);
}
