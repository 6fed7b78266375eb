using AllData.Configuration;
using AllData.Errors;
using AllData.Peers;
using AllData.Placement;
using AllData.Storage.Directories;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace AllData.Membership;

/// <summary>
/// Takes this silo's peer through its life: opens its data before the silo joins, announces it to the registry, keeps the topology fresh, and
/// closes its data after the last grain is gone.
/// </summary>
internal sealed partial class PeerLifecycle(
    HostedPeer hostedPeer,
    TopologyCache topologies,
    ClockWatch clocks,
    IGrainFactory grains,
    IClusterMembershipService membership,
    ILocalSiloDetails silo,
    IHostApplicationLifetime host,
    IOptions<AllDataOptions> options,
    GrainStateStorage grainState,
    PeerInstruments instruments,
    TimeProvider time,
    ILogger<PeerLifecycle> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RegistryTimeout = TimeSpan.FromSeconds(5);

    // It is asked several times a second while the silo starts.
    private static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private bool _isRegistryAway;
    private string? _saidAway;
    private long _saidAwayAt;
    private bool _hasReportedReadOnly;
    private Task _background = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe<PeerLifecycle>(ServiceLifecycleStage.RuntimeInitialize, OpenAsync, _ => hostedPeer.DisposeAsync().AsTask());
        lifecycle.Subscribe<PeerLifecycle>(ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await hostedPeer.OpenAsync();
        topologies.Recall();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _background = FollowMembershipAsync();

        // Before the first key: a clock that is far ahead must not leave its trace in this directory.
        await clocks.CompareAsync();
        var started = time.GetTimestamp();
        var isAnnounced = false;
        while (!isAnnounced && !IsReadyWithoutRegistry)
        {
            // Until the time is up a refusal may be about a silo that died a moment ago; after that it ends the start with its sentence.
            var isLastTry = time.GetElapsedTime(started) >= options.Value.Deadlines.Announcement;
            isAnnounced = await TryAnnounceAsync(refusalIsFinal: isLastTry);
            if (isLastTry)
            {
                break;
            }

            if (!isAnnounced)
            {
                await Task.Delay(RetryInterval, time, cancellationToken);
            }
        }

        _background = Task.WhenAll(_background, RefreshAsync(isAnnounced));
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        hostedPeer.Stop();
        await _stopping.CancelAsync();
        await _background.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The registry is away, but the directory has its ordinal and a topology from before: puts need no more.</summary>
    private bool IsReadyWithoutRegistry => _isRegistryAway && topologies.HasBeenAccepted;

    private async Task<bool> TryAnnounceAsync(bool refusalIsFinal)
    {
        try
        {
            var topology = await grains.GetPeerRegistry().Announce(Announcement()).WaitAsync(RegistryTimeout, time);
            await hostedPeer.BindAsync(topology, hostedPeer.NewOrdinalIn(topology) is null ? 0 : await clocks.FindLatestAsync(topology));
            topologies.Offer(topology);
            LogAnnounced(hostedPeer.Id, topologies.OwnOrdinal, topology.Version);
            hostedPeer.Refusal = null;
            (_isRegistryAway, _saidAway) = (false, null);
            return true;
        }
        catch (PeerRefusedException e) when (!refusalIsFinal)
        {
            hostedPeer.Refusal = e.Message;
            _isRegistryAway = false;
            LogRefused(hostedPeer.Id, e.Message);
            return false;
        }
        catch (PeerRefusedException e) when (grainState.Hint is { } hint)
        {
            throw new PeerRefusedException($"{e.Message} {hint}", hostedPeer.Id);
        }
        catch (Exception e) when (e is not PeerRefusedException and not DataDirectoryException and not ReplicaStoreException)
        {
            _isRegistryAway = true;
            hostedPeer.Refusal = topologies.HasBeenAccepted ? null
                : e is RegistryUnavailableException ? $"This data directory has no ordinal or no topology yet: {e.Message}"
                : $"The peer registry does not answer, and this data directory has no ordinal or no topology yet: {e.Message}";
            SayRegistryAway(e);
            return false;
        }
    }

    private void SayRegistryAway(Exception failure)
    {
        var reason = failure is TimeoutException ? $"no answer within {RegistryTimeout.TotalSeconds} s." : FailureText.SentenceOf(failure);
        if (reason == _saidAway && time.GetElapsedTime(_saidAwayAt) < SayAgain)
        {
            return;
        }

        (_saidAway, _saidAwayAt) = (reason, time.GetTimestamp());
        LogRegistryAway(hostedPeer.Id, reason);
        LogRegistryFailure(failure, hostedPeer.Id);
    }

    private PeerAnnouncement Announcement() => new(
        hostedPeer.Id,
        hostedPeer.Location,
        hostedPeer.Stores,
        hostedPeer.Directory.DirectoryId,
        hostedPeer.ClusterId,
        hostedPeer.IntervalLength,
        options.Value.Peer.Endpoint,
        silo.SiloAddress,
        topologies.OwnOrdinal ?? 0,
        topologies.KnownVersion)
    {
        HighestOrdinal = topologies.Own.Ordinals.Select(o => o.Ordinal).DefaultIfEmpty().Max(),
        SeenOrdinals = hostedPeer.Directory.SeenOrdinals.ToString(),
        DocumentVersion = hostedPeer.DocumentVersion,
        PublicKey = hostedPeer.Directory.SigningKey.PublicKey,
    };

    private async Task FollowMembershipAsync()
    {
        try
        {
            await foreach (var _ in membership.MembershipUpdates.WithCancellation(_stopping.Token))
            {
                for (var deaths = topologies.OnMembershipChanged(); deaths > 0; deaths--)
                {
                    instruments.OnPeerDeath(real: true);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    /// <summary>The registry sends its news; this finds missed news, and announces the peer again if needed.</summary>
    private async Task RefreshAsync(bool isAnnounced)
    {
        using var timer = new PeriodicTimer(options.Value.Deadlines.TopologyRefresh, time);
        var accepted = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                isAnnounced = isAnnounced ? await TryRefreshAsync() : await TryAnnounceAsync(refusalIsFinal: false);
                accepted = hostedPeer.Refusal is null ? time.GetTimestamp() : accepted;
                if (time.GetElapsedTime(accepted) > options.Value.Deadlines.Announcement && !_isRegistryAway)
                {
                    // Refused after the registry had been away at the start: a silo that is not its peer must not continue as if it were.
                    throw new PeerRefusedException(hostedPeer.Refusal!, hostedPeer.Id);
                }
            }
        }
        catch (Exception e) when (e is DataDirectoryException or ReplicaStoreException or PeerRefusedException)
        {
            hostedPeer.Refusal = e.Message;
            LogUnusable(e, hostedPeer.Id);
            host.StopApplication();
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private async Task<bool> TryRefreshAsync()
    {
        try
        {
            var registry = grains.GetPeerRegistry();
            var topology = await registry.GetTopology().WaitAsync(RegistryTimeout, time);
            var known = topologies.Own.Version;
            if (topology.Version < known || topologies.IsOfAnotherHistory(topology))
            {
                LogRegistryBehind(topology.Version, known);
                return false;
            }

            topologies.Offer(topology);
            await ReportReadOnlyAsync(registry);

            // The registry believes that the peer has no host, or has lost its ordinal: only an announcement corrects that.
            return !IsCalledAway(topology) && topology.Ordinals.Any(o => o.Directory == hostedPeer.Directory.DirectoryId);
        }
        catch (Exception e)
        {
            SayRegistryAway(e);
        }

        return true;
    }

    private bool IsCalledAway(TopologySnapshot topology) => topology.Replacements.Any(
        r => r.Peer == hostedPeer.Id && r.Ordinal >= topologies.OwnOrdinal && r.Reason == ReplacementReason.Away);

    private async Task ReportReadOnlyAsync(IPeerRegistryGrain registry)
    {
        var topology = topologies.Current.Topology;
        var index = topology.IndexOf(hostedPeer.Id);
        if (hostedPeer.Store is not { } store || index < 0)
        {
            return;
        }

        var refusal = store.AppendRefusal;
        if (refusal is not null && topology[index].Status != PeerStatus.ReadOnly)
        {
            _hasReportedReadOnly = true;
            LogReadOnly(hostedPeer.Id, refusal);
            topologies.Offer(await registry.SetReadOnly(hostedPeer.Id, readOnly: true));
        }
        else if (refusal is null && _hasReportedReadOnly)
        {
            // What this silo has not reported is not its to lift.
            topologies.Offer(await registry.SetReadOnly(hostedPeer.Id, readOnly: false));
            LogWritableAgain(hostedPeer.Id);
            _hasReportedReadOnly = false;
        }
    }
}
