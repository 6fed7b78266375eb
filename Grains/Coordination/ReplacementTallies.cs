using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Coordination;

/// <summary>Counts the replicas that a silo has sent to another peer than first meant, for pairs of peers. Safe for several threads.</summary>
internal sealed class ReplacementTallies
{
    /// <summary>Pairs that are kept: of more, those that were used longest ago are forgotten.</summary>
    public const int MaxPairs = 32;

    private readonly Lock _counting = new();
    private readonly Dictionary<(PeerId Meant, PeerId Instead), (long Replicas, long Turn)> _pairs = [];
    private long _turn;

    /// <summary>A replica was sent to another peer.</summary>
    public void OnReplaced(PeerId meant, PeerId instead)
    {
        lock (_counting)
        {
            _pairs[(meant, instead)] = (_pairs.GetValueOrDefault((meant, instead)).Replicas + 1, ++_turn);
            if (_pairs.Count > MaxPairs)
            {
                _pairs.Remove(_pairs.MinBy(static p => p.Value.Turn).Key);
            }
        }
    }

    /// <summary>The pairs, in the order of their names.</summary>
    public ImmutableArray<ReplacementTally> Read()
    {
        lock (_counting)
        {
            return [.. _pairs.OrderBy(static p => p.Key).Select(static p => new ReplacementTally(p.Key.Meant, p.Key.Instead, p.Value.Replicas))];
        }
    }
}
