using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>
/// The few copysets in use: drawn at random once per topology, one of them taken at random for each block. Few copysets are few ways to
/// lose data when several peers die at once, and repair compares copyset by copyset. Safe for several threads if the random source is.
/// </summary>
internal sealed class CopysetPool
{
    /// <summary>Copysets in use at a time, by default.</summary>
    public const int DefaultCopysets = 16;

    private readonly PlacementPolicy _policy;
    private readonly LocalPeer _local;
    private readonly int _copysets;
    private volatile Drawn? _drawn;

    /// <summary>Creates it; nothing is drawn yet.</summary>
    /// <param name="policy">The placement policy.</param>
    /// <param name="local">The coordinator's own peer.</param>
    /// <param name="copysets">Copysets in use at a time, at least 1. Default: 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one copyset.</exception>
    public CopysetPool(PlacementPolicy policy, LocalPeer local, int copysets = DefaultCopysets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copysets, 1);
        _policy = policy;
        _local = local;
        _copysets = copysets;
    }

    /// <summary>The copyset for the next block.</summary>
    /// <param name="topology">The present topology; another instance than at the last call means drawing again.</param>
    /// <param name="random">Randomness.</param>
    /// <exception cref="Errors.NotEnoughPeersException">As <see cref="PlacementPlanner.Draw"/>.</exception>
    public PlacedCopyset Next(Topology topology, Random random)
    {
        var drawn = _drawn;
        if (drawn is null || !ReferenceEquals(drawn.Topology, topology))
        {
            _drawn = drawn = Draw(topology, random);
        }

        return drawn.Copysets[random.Next(drawn.Copysets.Length)];
    }

    private Drawn Draw(Topology topology, Random random)
    {
        var copysets = new PlacedCopyset[_copysets];
        for (var i = 0; i < copysets.Length; i++)
        {
            copysets[i] = PlacementPlanner.Draw(topology, _policy, _local, random);
        }

        return new Drawn(topology, copysets);
    }

    private sealed record Drawn(Topology Topology, PlacedCopyset[] Copysets);
}
