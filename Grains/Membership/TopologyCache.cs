using AllData.Peers;
using AllData.Placement;
using AllData.Protocol;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

/// <summary>
/// The newest topology that this silo has heard of, prepared for planning and overlaid with who is alive. It is kept on disk too, so that a
/// silo that starts while the registry is away goes on with it. Reading it never waits.
/// </summary>
internal sealed partial class TopologyCache(
    HostedPeer hostedPeer, HostingSilos silos, PeerHealth health, TimeProvider time, ILogger<TopologyCache> logger)
{
    private readonly Lock _updating = new();
    private long _disputedVersion;
    private volatile LiveTopology _current = new(Topology.Prepare(Unknown), null, [], health, time);

    private static TopologySnapshot Unknown { get; } =
        new() { Version = 0, ClusterId = Guid.Empty, IntervalLength = TimeSpan.FromDays(1), Peers = [], Ordinals = [] };

    /// <summary>What planning reads: one consistent state, to be taken once per block.</summary>
    public LiveTopology Current => _current;

    /// <summary>The ordinal of this silo's data directory, or null while the registry has not given one.</summary>
    public int? OwnOrdinal => _current.OwnOrdinal;

    /// <summary>The version that the registry is told of: above the present one, where it has been heard with another content.</summary>
    public long KnownVersion => Math.Max(Volatile.Read(ref _disputedVersion), _current.Topology.Version);

    /// <summary>
    /// Whether a registry says something else under the version that is known here: it was restored, and has come to the same version another way. Told of
    /// a higher one, it passes over to a version that no silo has.
    /// </summary>
    public bool IsOfAnotherHistory(TopologySnapshot topology)
    {
        var known = _current.Topology.Snapshot;
        if (topology.Version != known.Version || SnapshotContent.AreEqual(topology, known))
        {
            return false;
        }

        Volatile.Write(ref _disputedVersion, known.Version + 1);
        return true;
    }

    /// <summary>Takes over what was kept on disk at the last run.</summary>
    public void Recall()
    {
        if (hostedPeer.Directory.LoadTopology() is { } kept)
        {
            Offer(kept);
            LogRecalled(kept.Version, kept.Peers.Length);
        }
    }

    /// <summary>Takes over a topology if it is newer than the present one; otherwise changes nothing.</summary>
    public void Offer(TopologySnapshot topology)
    {
        lock (_updating)
        {
            if (topology.Version <= _current.Topology.Version)
            {
                return;
            }

            Overlay(Topology.Prepare(topology));
            health.KeepOnly(_current.Topology);
            Keep(topology);
        }

        LogTakenOver(topology.Version, topology.Peers.Length);
    }

    /// <summary>Silo membership changed: says anew who is alive.</summary>
    /// <returns>How many peers have lost their silo.</returns>
    public int OnMembershipChanged()
    {
        lock (_updating)
        {
            var before = _current;
            Overlay(before.Topology);
            return Enumerable.Range(0, before.Topology.Count).Count(i => before.IsHosted(i) && !_current.IsHosted(i));
        }
    }

    private void Overlay(Topology topology)
    {
        var hosted = new bool[topology.Count];
        for (var i = 0; i < hosted.Length; i++)
        {
            hosted[i] = silos.TryFind(topology[i].Id, out _);
        }

        // A registry that was restored may have forgotten it; the directory has not.
        var own = hostedPeer.Directory.Ordinal ?? topology.Snapshot.Ordinals.FirstOrDefault(o => o.Directory == hostedPeer.Directory.DirectoryId)?.Ordinal;
        _current = new LiveTopology(topology, own, hosted, health, time);
    }

    private void Keep(TopologySnapshot topology)
    {
        try
        {
            hostedPeer.Directory.SaveTopology(topology);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not fatal: it only matters to a start without the registry, and the next change tries again.
            LogNotKept(e, topology.Version);
        }
    }
}
