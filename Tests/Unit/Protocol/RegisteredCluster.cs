using System.Collections.Immutable;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Peers that come and go as the registry's own rules have it. They are called p1, p2, ... in the order in which they first came.</summary>
internal sealed class RegisteredCluster
{
    private static readonly Guid Cluster = new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    private readonly Dictionary<string, Guid> _directories = [];
    private readonly Dictionary<string, PeerLocation> _locations = [];
    private int _made;

    /// <summary>Active peers at the given locations, <c>region/zone</c>.</summary>
    public RegisteredCluster(params string[] locations)
    {
        foreach (var location in locations)
        {
            Join(location);
        }
    }

    public RegistryState State { get; private set; } = new();

    public Topology Topology => Topology.Prepare(RegistryLedger.Snapshot(State));

    /// <summary>The names of the registered peers.</summary>
    public string[] Peers => [.. State.Peers.Select(p => p.Id)];

    /// <summary>A copyset of the peers' present directories.</summary>
    public CopysetDefinition Copyset(int replicationFactor, params string[] peers)
    {
        var copyset = new Copyset([.. peers.Select(name => State.Peers.Single(p => p.Id == name).Ordinal)]);
        return new CopysetDefinition(copyset.Id, copyset.Ordinals, replicationFactor);
    }

    /// <summary>The peers responsible for a copyset's copies now, by name.</summary>
    public string[] MembersOf(CopysetDefinition copyset) => NamesOf(Topology, new CopysetResolver(Topology).MembersOf(copyset));

    public static string[] NamesOf(Topology topology, ImmutableArray<int> members) => [.. members.Select(i => topology[i].Id.Value).Order()];

    public string Join(string location)
    {
        var parts = location.Split('/');
        var name = $"p{_locations.Count + 1}";
        _locations[name] = new PeerLocation(parts[0], parts[1]);
        Wipe(name);
        return name;
    }

    /// <summary>It starts again on an empty directory.</summary>
    public void Wipe(string peer)
    {
        _directories[peer] = new Guid(++_made, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Return(peer);
    }

    /// <summary>It starts again on its data.</summary>
    public void Return(string peer) => State = RegistryLedger.Announce(
        State,
        new PeerAnnouncement(
            PeerId.Parse(peer), _locations[peer], Stores: true, _directories[peer], Guid.Empty, TimeSpan.FromDays(1), "", SiloAddress.Zero, 0, 0),
        Cluster);

    public void Drain(string peer) => State = RegistryLedger.SetDraining(State, PeerId.Parse(peer), draining: true);

    public void Undrain(string peer) => State = RegistryLedger.SetDraining(State, PeerId.Parse(peer), draining: false);

    public void Drop(string peer) => State = RegistryLedger.Drop(State, PeerId.Parse(peer));

    public void Revive(string peer) => State = RegistryLedger.Add(State, PeerId.Parse(peer), _locations[peer], Cluster);

    /// <summary>Peers have no silo for longer than the grace period.</summary>
    public void Lose(params string[] peers)
    {
        for (var seen = 0; seen < 2; seen++)
        {
            State = RegistryLedger.ReplaceLongAway(
                State, p => !peers.Contains(p.Value), DateTimeOffset.UnixEpoch.AddDays(1 + seen), TimeSpan.FromMinutes(20), TimeSpan.FromDays(1));
        }
    }
}
