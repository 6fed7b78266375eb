using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;

namespace AllData.Repair;

/// <summary>Adds up what would be left without some peers.</summary>
/// <param name="isLeaving">Which peers these are.</param>
internal sealed class DepartureTally(Predicate<PeerDescriptor> isLeaving)
{
    private readonly SortedDictionary<(int Left, int Asked), (long Blocks, long Events, UnixMinute Minute)> _short = [];
    private readonly SortedSet<PeerId> _silent = [];
    private UnixMinute? _firstMinute;
    private UnixMinute _lastMinute;
    private long _blocks;
    private long _events;

    /// <summary>Blocks of which no copy that can be read would be left.</summary>
    public long LostBlocks { get; private set; }

    /// <summary>Events in them.</summary>
    public long LostEvents { get; private set; }

    public void Add(CensusWindow window)
    {
        var peers = window.Live.Topology.Snapshot.Peers;
        bool IsLeaving(int index) => isLeaving(peers[index]);
        _silent.UnionWith(window.NotAnswering);

        // What a silent or put-only peer holds is not known: the missing copies may be there.
        var areAllMeant = peers.Any(p => isLeaving(p) && (p.IsPutOnly || _silent.Contains(p.Id)));
        foreach (var group in window.Groups)
        {
            _firstMinute ??= group.UnixMinute;
            _lastMinute = group.UnixMinute;
            var held = group.Holders.Count(IsLeaving);
            if (held > 0 || areAllMeant)
            {
                Add(group, group.Holders.Length - held, group.Unverifiable.Count(i => !IsLeaving(i)));
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
        LostBlocks += seen == 0 ? group.Blocks : 0;
        LostEvents += seen == 0 ? group.Events : 0;

        // What only put-only peers have cannot be read.
        var left = seen + believed;
        if (left < group.CopiesAsked || seen == 0)
        {
            var sum = _short.GetValueOrDefault((left, group.CopiesAsked), (0, 0, group.UnixMinute));
            _short[(left, group.CopiesAsked)] = (sum.Blocks + group.Blocks, sum.Events + group.Events, UnixMinute.Min(sum.Minute, group.UnixMinute));
        }
    }
}
