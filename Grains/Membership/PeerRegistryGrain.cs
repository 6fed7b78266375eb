using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Peers;
using AllData.Placement;
using AllData.Remote;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace AllData.Membership;

/// <summary>Keeps the ledger in grain storage, one change at a time, and notifies the live silos. It decides nothing itself.</summary>
// Kept alive: Orleans plans the end of idle activations by the wall clock, and refuses every new one after that was set back.
[KeepAlive]
internal sealed partial class PeerRegistryGrain(
    [PersistentState("registry", AllDataStorageNames.GrainState)] IPersistentState<RegistryState> persistent,
    HostingSilos silos,
    PutOnlyLiveness putOnly,
    GrainPeerClient own,
    PeerClients clients,
    IOptions<AllDataOptions> options,
    ClusterClock clock,
    ConfiguredFederation federation,
    PeerHomes homes,
    ILogger<PeerRegistryGrain> logger) : Grain, IPeerRegistryGrain, IContractGrain, IDepartureRegistry
{
    // A call is given up after 30 s.
    private static readonly TimeSpan CountPatience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    // What interleaves while a drop is counted must not change a state that is being written.
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly TimeProvider _time = clock.Agreed;
    private readonly DepartureCounts _departures = new(clock.Agreed);
    private bool _isUncertain;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var grace = options.Value.Repair.GracePeriod;
        var activatedAt = _time.GetTimestamp();
        var period = grace / 4 < LookPeriod ? grace / 4 : LookPeriod;
        foreach (var entry in RegistryLedger.FindUnreadable(persistent.State))
        {
            LogUnreadable(entry);
        }

        this.RegisterGrainTimer(() => ReplaceLongAway(grace, activatedAt), new GrainTimerCreationOptions(period, period));
        BeginHearing();
        return Task.CompletedTask;
    }

    public async Task<TopologySnapshot> Announce(PeerAnnouncement announcement)
    {
        RefuseSecondSilo(announcement);
        var hearing = _hearing;
        var topology = await Apply(
            "announce", announcement.Peer, s => RegistryLedger.Announce(s, announcement, NewClusterId(), SourceFor(announcement.Peer, s)));

        // It has told what its silo has seen.
        hearing?.OnHeard(announcement.Peer);
        return topology;
    }

    public Task<TopologySnapshot> AddPeer(PeerId peer, PeerLocation location) =>
        Apply("add", peer, s => RegistryLedger.Add(s, peer, location, NewClusterId(), SourceFor(peer, s)));

    public Task<TopologySnapshot> AddPutOnlyPeer(PeerId peer, PeerLocation location, string client, string address)
    {
        var route = new PeerRoute(client, address);
        RefuseRoute(peer, route);
        return Apply("add", peer, s => RegistryLedger.AddPutOnly(s, peer, location, route, Guid.NewGuid(), NewClusterId(), SourceFor(peer, s)));
    }

    public async Task<TopologySnapshot> DropPeer(PeerId peer, bool force)
    {
        RefuseOthers("drop", peer);
        if (!force && RegistryLedger.NeedsCount(persistent.State, peer))
        {
            var check = _departures.FindFavourable(peer) ?? await CountAsync(peer);
            if (DepartureCounts.WhyKept(peer, check) is { } reason)
            {
                throw new PeerStillNeededException(reason, peer, check);
            }
        }

        return await Apply("drop", peer, s => RegistryLedger.Drop(s, peer));
    }

    public async Task Report(PeerId peer, DepartureCheck check, TimeSpan took)
    {
        _departures.Add(peer, check);
        if (DepartureCounts.WhyKept(peer, check) is null)
        {
            var began = (_time.GetUtcNow() - took).ToUnixTimeMilliseconds();
            await Apply("confirm", peer, s => RegistryLedger.Confirm(s, peer, began));
        }
    }

    public Task<TopologySnapshot> Drain(PeerId peer) => ApplyToOwn(
        "drain", peer, s => RegistryLedger.SetDraining(s, peer, draining: true, _time.GetUtcNow().ToUnixTimeMilliseconds()));

    public Task<TopologySnapshot> Undrain(PeerId peer) => ApplyToOwn("undrain", peer, s => RegistryLedger.SetDraining(s, peer, draining: false));

    public Task<TopologySnapshot> Move(PeerId peer, PeerLocation location) => ApplyToOwn("move", peer, s => RegistryLedger.Move(s, peer, location));

    public Task<TopologySnapshot> SetReadOnly(PeerId peer, bool readOnly) =>
        Apply("set-read-only", peer, s => RegistryLedger.SetReadOnly(s, peer, readOnly));

    public Task<TopologySnapshot> GetTopology() => Task.FromResult(RegistryLedger.Snapshot(persistent.State));

    public Task<ImmutableArray<PeerView>> GetPeers()
    {
        var (state, now, grace) = (persistent.State, _time.GetUtcNow(), options.Value.Repair.GracePeriod);
        return Task.FromResult(RegistryLedger.Snapshot(state).Peers
            .Select(p => RegistryLedger.ViewOf(state, p, p.IsPutOnly ? putOnly.IsAnswering(p.Id) : silos.IsAlive(p.Id), now, grace)).ToImmutableArray());
    }

    /// <summary>Every silo gets the route: one that cannot be read must not spread.</summary>
    private void RefuseRoute(PeerId peer, PeerRoute route)
    {
        try
        {
            var way = clients.Of(route.Client);
            if (way.Capabilities != PeerCapabilities.PutOnly)
            {
                throw new FormatException($"Client '{route.Client}' reaches peers that can be asked: a silo announces those by itself when it starts.");
            }

            way.Connect(peer, route.Address);
        }
        catch (FormatException e)
        {
            throw new PeerRefusedException($"Peer '{peer}' cannot be added: {e.Message}", peer);
        }
    }

    private void RefuseOthers(string order, PeerId peer) => homes.RefuseOthers(RegistryLedger.Snapshot(persistent.State), order, peer);

    // As far as the count gets in the available time.
    private async Task<DepartureCheck> CountAsync(PeerId peer)
    {
        var last = DepartureCounts.Nothing;
        using var stop = new CancellationTokenSource(CountPatience, _time);
        try
        {
            await foreach (var check in GrainFactory.GetClusterAudit().CheckDeparture(peer).WithCancellation(stop.Token))
            {
                last = check;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogNotCounted(peer, CountPatience);
        }

        return last;
    }

    private Task<TopologySnapshot> ApplyToOwn(string order, PeerId peer, Func<RegistryState, RegistryState> change)
    {
        RefuseOthers(order, peer);
        return Apply(order, peer, change);
    }

    private async Task<TopologySnapshot> Apply(string order, PeerId peer, Func<RegistryState, RegistryState> change)
    {
        await _oneChange.WaitAsync();
        try
        {
            return await ApplyAlone(order, peer, change);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private async Task<TopologySnapshot> ApplyAlone(string order, PeerId peer, Func<RegistryState, RegistryState> change)
    {
        await ReadIfUncertain();
        var before = persistent.State;
        var after = RegistryLedger.NoteEnds(before, change(before), _time.GetUtcNow().ToUnixTimeMilliseconds());
        if (ReferenceEquals(before, after))
        {
            return RegistryLedger.Snapshot(before);
        }

        try
        {
            await Keep(before, after);
        }
        catch (Exception e)
        {
            LogNotKept(e, order, peer);
            throw Unavailable(order, peer, e);
        }

        if (after.Version > before.Version)
        {
            LogChanged(order, peer, after.Version);
        }

        return Publish(before, after);
    }

    private async Task ReplaceLongAway(TimeSpan grace, long activatedAt)
    {
        await _oneChange.WaitAsync();
        try
        {
            await ReadIfUncertain();
            var before = persistent.State;
            var left = RegistryLedger.DropRegions(before, federation.Own);
            var after = RegistryLedger.NoteEnds(
                before, RegistryLedger.ReplaceLongAway(left, silos.IsAlive, _time.GetUtcNow(), grace, _time.GetElapsedTime(activatedAt)),
                _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (ReferenceEquals(before, after))
            {
                return;
            }

            await Keep(before, after);
            Publish(before, after);
        }
        catch (Exception e)
        {
            // The next round tries again in a moment; no caller waits for this.
            LogAwayNotKept(e);
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private async Task Keep(RegistryState before, RegistryState after)
    {
        persistent.State = after;
        try
        {
            await persistent.WriteStateAsync();
        }
        catch (Exception)
        {
            // A state that may not have been stored must not be published: a silo that acted on it might be alone with it after the next activation.
            persistent.State = before;
            _isUncertain = true;
            throw;
        }
    }

    private TopologySnapshot Publish(RegistryState before, RegistryState after)
    {
        var topology = RegistryLedger.Snapshot(after);
        if (after.Version == before.Version)
        {
            // Only the times since when peers are away have changed, and no silo needs those.
            return topology;
        }

        foreach (var entry in after.Replacements.ExceptBy(before.Replacements.Select(ReasonedOf), ReasonedOf))
        {
            LogReplaced(entry.Peer, entry.Ordinal, entry.Reason, after.Version);
        }

        foreach (var entry in before.Replacements.ExceptBy(after.Replacements.Select(DirectoryOf), DirectoryOf))
        {
            LogTakenBack(entry.Peer, entry.Ordinal, after.Version);
        }

        Tell(topology);
        return topology;
    }

    private static (string Peer, int Ordinal) DirectoryOf(RegistryReplacement entry) => (entry.Peer, entry.Ordinal);

    private static (string Peer, int Ordinal, ReplacementReason Reason) ReasonedOf(RegistryReplacement entry) => (entry.Peer, entry.Ordinal, entry.Reason);

    /// <summary>A write that failed may have arrived: without reading first, every later write would meet a version that it does not know.</summary>
    private async Task ReadIfUncertain()
    {
        if (!_isUncertain)
        {
            return;
        }

        try
        {
            await persistent.ReadStateAsync();
            _isUncertain = false;

            // Another activation has written meanwhile, or an older database was put in its place.
            BeginHearing();
        }
        catch (Exception e)
        {
            throw new RegistryUnavailableException($"The registry's database does not answer: {e.Message} Puts go on; try again when it does.");
        }
    }

    private static RegistryUnavailableException Unavailable(string order, PeerId peer, Exception e) => new(
        $"It is not known whether the registry has kept '{order} {peer}': {e.Message} Puts go on with the topology that each silo has. "
        + "Give the order again when its database answers.");

    /// <summary>Two data directories under one name would be two replicas that count as one.</summary>
    private void RefuseSecondSilo(PeerAnnouncement announcement)
    {
        var known = persistent.State.Peers.Find(p => p.Id == announcement.Peer.Value);
        var directory = persistent.State.Ordinals.Find(o => o.Ordinal == known?.Ordinal)?.Directory;

        // The same directory too: a copy of it is not locked and would issue the same keys. If the former silo died a moment ago, its death is known
        // before the newcomer stops asking.
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
        foreach (var peer in silos.Alive)
        {
            // Not awaited: a silo that cannot be reached asks by itself at its next refresh.
            own.Connect(peer, "").TellTopology(topology);
        }
    }
}
