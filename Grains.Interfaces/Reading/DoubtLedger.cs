using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;

namespace AllData.Reading;

/// <summary>Gathers the doubts of a scan; adjacent ranges of one peer or cluster and reason become one.</summary>
internal sealed class DoubtLedger
{
    private readonly List<ScanDoubt> _doubts = [];
    private readonly Dictionary<(PeerId Peer, string? Cluster, string Reason), int> _latest = [];

    /// <summary>Adds a doubt; those of one peer and reason come in ascending order.</summary>
    public void Add(ScanDoubt doubt)
    {
        if (_latest.TryGetValue((doubt.Peer, doubt.Cluster, doubt.Reason), out var index) && doubt.From <= _doubts[index].To)
        {
            var known = _doubts[index];
            _doubts[index] = known with { From = Min(known.From, doubt.From), To = Max(known.To, doubt.To) };
            return;
        }

        _latest[(doubt.Peer, doubt.Cluster, doubt.Reason)] = _doubts.Count;
        _doubts.Add(doubt);
    }

    /// <summary>The doubts so far.</summary>
    public ImmutableArray<ScanDoubt> ToImmutable() => [.. _doubts];

    private static EventKey Min(EventKey a, EventKey b) => a < b ? a : b;

    private static EventKey Max(EventKey a, EventKey b) => a > b ? a : b;
}
