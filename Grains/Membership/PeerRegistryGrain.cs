using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Peers;
using AllData.Placement;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace AllData.Membership;

/// <summary>Keeps the ledger in grain storage, one change at a time, and tells the live silos. It decides nothing itself.</summary>
internal sealed partial class PeerRegistryGrain(
    [PersistentState("registry", AllDataStorageNames.GrainState)] IPersistentState<RegistryState> persistent,
    HostingSilos silos,
    ILogger<PeerRegistryGrain> logger) : Grain, IPeerRegistryGrain
{
    public async Task<TopologySnapshot> Announce(PeerAnnouncement announcement)
    {
        RefuseSecondSilo(announcement);
        return await Apply("announce", announcement.Peer, s => RegistryLedger.Announce(s, announcement, Guid.NewGuid()));
    }

    public Task<TopologySnapshot> AddPeer(PeerId peer, PeerLocation location) =>
        Apply("add", peer, s => RegistryLedger.Add(s, peer, location, Guid.NewGuid()));

    public Task<TopologySnapshot> DropPeer(PeerId peer) => Apply("drop", peer, s => RegistryLedger.Drop(s, peer));

    public Task<TopologySnapshot> Drain(PeerId peer) => Apply("drain", peer, s => RegistryLedger.SetDraining(s, peer, draining: true));

    public Task<TopologySnapshot> Undrain(PeerId peer) => Apply("undrain", peer, s => RegistryLedger.SetDraining(s, peer, draining: false));

    public Task<TopologySnapshot> Move(PeerId peer, PeerLocation location) => Apply("move", peer, s => RegistryLedger.Move(s, peer, location));

    public Task<TopologySnapshot> SetReadOnly(PeerId peer, bool readOnly) =>
        Apply("set-read-only", peer, s => RegistryLedger.SetReadOnly(s, peer, readOnly));

    public Task<TopologySnapshot> GetTopology() => Task.FromResult(RegistryLedger.Snapshot(persistent.State));

    public Task<ImmutableArray<PeerView>> GetPeers()
    {
        return Task.FromResult(
            RegistryLedger.Snapshot(persistent.State).Peers.Select(p => new PeerView(p, silos.TryFind(p.Id, out _))).ToImmutableArray());
    }

    private async Task<TopologySnapshot> Apply(string order, PeerId peer, Func<RegistryState, RegistryState> change)
    {
        var before = persistent.State;
        var after = change(before);
        if (ReferenceEquals(before, after))
        {
            return RegistryLedger.Snapshot(before);
        }

        persistent.State = after;
        try
        {
            await persistent.WriteStateAsync();
        }
        catch (Exception e)
        {
            // What is not kept must not be told: a silo that acted on it would be alone with it after the next activation.
            // Should the write have come through after all, the next one meets a newer version and the grain reads afresh.
            persistent.State = before;
            LogNotKept(e, order, peer);
            throw new RegistryUnavailableException(
                $"The registry could not keep '{order} {peer}': {e.Message} Nothing changed; puts go on with the topology that each silo has. "
                + "Try again when its database answers.");
        }

        LogChanged(order, peer, after.Version);
        var topology = RegistryLedger.Snapshot(after);
        Tell(topology);
        return topology;
    }

    /// <summary>Two data directories under one name would be two replicas that count as one.</summary>
    private void RefuseSecondSilo(PeerAnnouncement announcement)
    {
        var known = persistent.State.Peers.Find(p => p.Id == announcement.Peer.Value);
        var directory = persistent.State.Ordinals.Find(o => o.Ordinal == known?.Ordinal)?.Directory;

        // The same directory is locked by whoever opened it, so its former silo is gone even where membership does not know yet.
        if (directory is null || directory == Guid.Empty || directory == announcement.Directory)
        {
            return;
        }

        if (silos.FindOther(announcement.Peer, announcement.SiloAddress) is { } other)
        {
            throw new PeerRefusedException(
                $"Peer '{announcement.Peer}' is hosted by the live silo {other} with data directory {directory}; this silo has directory "
                + $"{announcement.Directory}. Stop the other silo first, or give this one another peer name.",
                announcement.Peer);
        }
    }

    private void Tell(TopologySnapshot topology)
    {
        foreach (var peer in silos.Peers)
        {
            // Not awaited: a silo that cannot be reached asks for itself at its next refresh.
            GrainFactory.GetReplica(peer).UpdateTopology(topology).Ignore();
        }
    }
}
