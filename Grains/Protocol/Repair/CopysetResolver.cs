using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>
/// Says which peers are responsible for the copies of a copyset's blocks under one topology: its members, each as the peer that has the name of their
/// data directory; successors in place of replaced members; and further peers if the blocks request more copies than the copyset has members. A pure
/// function of topology and copyset: every peer comes to the same answer. Safe for several threads; remembers at most <see cref="MaxRemembered"/>
/// answers.
/// </summary>
internal sealed class CopysetResolver
{
    /// <summary>Answers kept, at most; one more, and all are worked out again, some microseconds each.</summary>
    internal const int MaxRemembered = 16_384;

    private readonly ConcurrentDictionary<(CopysetId Id, int ReplicationFactor), ImmutableArray<int>> _resolved = new();
    private readonly FrozenDictionary<PeerId, PeerLocation> _departed;
    private int _remembered;

    /// <summary>Answers for a topology.</summary>
    public CopysetResolver(Topology topology)
    {
        ArgumentNullException.ThrowIfNull(topology);
        Topology = topology;
        var departed = new Dictionary<PeerId, PeerLocation>();
        foreach (var entry in topology.Snapshot.Replacements)
        {
            departed[entry.Peer] = entry.Location;
        }

        _departed = departed.ToFrozenDictionary();
    }

    /// <summary>The topology.</summary>
    public Topology Topology { get; }

    /// <summary>Answers that are kept now.</summary>
    internal int Remembered => _resolved.Count;

    /// <summary>
    /// The responsible peers, as indexes into the topology, each once. As many as the copyset has members, or as its blocks request, if that is more;
    /// fewer if there are not enough active peers.
    /// </summary>
    public ImmutableArray<int> MembersOf(CopysetDefinition copyset)
    {
        ArgumentNullException.ThrowIfNull(copyset);
        var key = (copyset.Id, copyset.ReplicationFactor);
        if (_resolved.TryGetValue(key, out var members))
        {
            return members;
        }

        members = Resolve(copyset);
        if (Interlocked.Increment(ref _remembered) > MaxRemembered)
        {
            // Not one by one: a walk over more copysets than are kept would find none of them again in any order.
            _resolved.Clear();
            Interlocked.Exchange(ref _remembered, 1);
        }

        _resolved.TryAdd(key, members);
        return members;
    }

    private ImmutableArray<int> Resolve(CopysetDefinition copyset)
    {
        var places = new CopysetPlaces(Topology, _departed, copyset);
        foreach (var entry in Topology.Snapshot.Replacements)
        {
            places.Replace(entry);
        }

        places.Grow(Math.Max(copyset.ReplicationFactor, copyset.Ordinals.Length));
        return places.Members;
    }
}
