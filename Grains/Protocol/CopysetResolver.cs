using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Protocol;

/// <summary>
/// Says who owes the copies of a copyset's blocks under one topology: its members, each as the peer that has their data directory's name, with
/// successors in the place of those who were replaced, and grown where the blocks ask for more copies than it has members. A pure function of
/// topology and copyset: every peer comes to the same answer. Safe for several threads.
/// </summary>
public sealed class CopysetResolver(Topology topology)
{
    private readonly ConcurrentDictionary<(long Id, int ReplicationFactor), ImmutableArray<int>> _resolved = new();

    /// <summary>The topology.</summary>
    public Topology Topology => topology;

    /// <summary>Who owes the copies, as indexes into the topology, each once.</summary>
    public ImmutableArray<int> MembersOf(CopysetDefinition copyset) =>
        _resolved.GetOrAdd((copyset.Id, copyset.ReplicationFactor), static (_, arguments) => Resolve(arguments.topology, arguments.copyset), (topology, copyset));

    private static ImmutableArray<int> Resolve(Topology topology, CopysetDefinition copyset)
    {
        var members = ImmutableArray.CreateBuilder<int>(copyset.Ordinals.Length);
        foreach (var ordinal in copyset.Ordinals)
        {
            if (topology.TryGetPeerOfOrdinal(ordinal, out var peer) && topology.IndexOf(peer) is var index and >= 0 && !members.Contains(index))
            {
                members.Add(index);
            }
        }

        return members.ToImmutable();
    }
}
