using AllData.Peers;
using AllData.Remote;

namespace AllData.Placement;

/// <summary>Which peers a silo of this cluster hosts now, as far as this silo knows.</summary>
internal interface IHostingSilos : IPeerLiveness
{
    /// <summary>The peers that a silo hosts, registered or not.</summary>
    IReadOnlyCollection<PeerId> Alive { get; }
}
