using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;

namespace AllData.Repair;

/// <summary>Adds up what would be left without a peer.</summary>
internal sealed class DepartureTally(PeerId peer)
{
    private readonly SortedDictionary<(int Left, int Asked), (long Blocks, long Events, UnixMinute Minute)> _short = [];
    private readonly SortedSet<PeerId> _silent = [];
    private UnixMinute? _firstMinute;
    private UnixMinute _lastMinute;
    private long _blocks;
    private long _events;

    public void Add(CensusWindow window)
    {
        var index = window.Live.Topology.IndexOf(peer);
        _silent.UnionWith(window.NotAnswering);
        foreach (var group in window.Groups)
        {
            _firstMinute ??= group.UnixMinute;
            _lastMinute = group.UnixMinute;
            var isHeld = group.Holders.Contains(index);

            // What a silent or put-only peer holds is not known: the missing copies may be there.
            if (isHeld || _silent.Contains(peer) || window.Live.Topology[index].IsPutOnly)
            {
                Add(group, group.Holders.Length - (isHeld ? 1 : 0), group.Unverifiable.Count(i => i != index));
            }
        }
    }

    /// <summary>The sums so far.</summary>
    /// <param name="presentMinute">The minute that nearly all keys lie before, for the progress.</param>
    /// <param name="isEnded">Whether all windows were added.</param>
    public DepartureCheck ToCheck(UnixMinute presentMinute, bool isEnded) => new()
    {
        MinutesChecked = MinutesTo(_lastMinute),
        MinutesTotal = MinutesTo(isEnded ? _lastMinute : UnixMinute.Max(_lastMinute, presentMinute)),
        Blocks = _blocks,
        Events = _events,
        Shortages = [.. _short.Select(static s => new CopyShortage(
            s.Key.Left, s.Key.Asked, s.Value.Blocks, s.Value.Events, s.Value.Minute.GetFirstKey()))],
        NotAnswering = [.. _silent],
        IsEnded = isEnded,
    };

    private long MinutesTo(UnixMinute last) => _firstMinute is { } first ? last - first + 1 : 0;

    private void Add(CopyGroup group, int seen, int believed)
    {
        _blocks += group.Blocks;
        _events += group.Events;

        // What only put-only peers have cannot be read.
        var left = seen + believed;
        if (left < group.CopiesAsked || seen == 0)
        {
            var sum = _short.GetValueOrDefault((left, group.CopiesAsked), (0, 0, group.UnixMinute));
            _short[(left, group.CopiesAsked)] = (sum.Blocks + group.Blocks, sum.Events + group.Events, UnixMinute.Min(sum.Minute, group.UnixMinute));
        }
    }
}
