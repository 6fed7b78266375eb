using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Scans;
using AllData.Protocol.Topologies;
using AllData.Reading;
using AllData.Remote;
using AllData.Replication;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Reading;

/// <summary>
/// One scan from a silo: surveys the buckets of all peers, plans with the real planner, and merges with the real merge. A peer that fails meanwhile
/// is a doubt, and the window is surveyed again from the last event on.
/// </summary>
internal sealed class ScanRun
{
    private const int MaxSurveys = 12;
    private const int PageBytes = 2_048;

    private readonly World _world;
    private readonly SimulatedSilo _silo;
    private readonly EventKey _to;
    private readonly HashSet<CopysetSource> _damaged = [];
    private readonly EventPageWriter _page = new(PageBytes, long.MaxValue);
    private readonly ScanGains _gains;
    private readonly EventKey _from;
    private EventKey _next;
    private EventKey? _doubtful;

    /// <summary>Prepares a scan of a range of keys.</summary>
    public ScanRun(World world, SimulatedSilo silo, EventKey from, EventKey to)
    {
        _world = world;
        _silo = silo;
        _next = _from = from;
        _to = to;
        _gains = new ScanGains(world, from, to, $"{this}");
    }

    /// <summary>Whether it is over.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether it is over and calls itself complete.</summary>
    public bool IsComplete => IsEnded && !IsDoubtful;

    /// <summary>The first key that it has not reached without a doubt.</summary>
    public EventKey CertainTo => _doubtful ?? _next;

    /// <summary>The events that it has given.</summary>
    public IReadOnlySet<(EventKey, EventDigest)> Given => _gains.Given;

    /// <summary>Which scan it is.</summary>
    public override string ToString() => $"The scan of {_from} to {_to} through {_silo.Machine.Id}";

    private bool IsDoubtful => _doubtful is not null;

    /// <summary>Scans and judges what came.</summary>
    public async Task RunAsync()
    {
        await LearnTopologyAsync();
        var topology = _silo.Topologies.Current.Topology;
        var isAll = _next == default && _to == EventKey.MaxValue;
        var unsafeFrom = isAll && !IsDoubtful ? await AskWatermarksAsync(topology) : null;
        var surveys = 0;
        while (_next < _to && !IsDoubtful)
        {
            if (++surveys > MaxSurveys)
            {
                DoubtIf(true);
                break;
            }

            await ReadWindowAsync();
        }

        IsEnded = true;
        _world.Trace.Note(TraceKind.Scanned, _silo.Machine.Number, IsDoubtful ? "in doubt" : "complete", _gains.Count);
        if (!IsDoubtful)
        {
            _gains.Judge();
            if (unsafeFrom is { } low)
            {
                _world.Invariants.Safe.OnScanned(low, topology.Snapshot.Peers.Select(static p => p.Ordinal).ToHashSet(), _gains.Given);
            }
        }
    }

    /// <summary>The first key at which events may still appear; null if a silo has never reported one.</summary>
    private async Task<EventKey?> AskWatermarksAsync(Topology topology)
    {
        EventKey? lowest = EventKey.MaxValue;
        foreach (var peer in topology.Snapshot.Peers)
        {
            try
            {
                var told = await _world.Network.CallAsync(_silo, _world.Find(peer.Id), static other => other.Coordinator.GetLowWatermarkAsync())
                    .WaitAsync(SimulatedSilo.ReplicaDeadline, _silo.Time);
                var known = _silo.Confirmed.GetValueOrDefault(peer.Ordinal);
                _silo.Confirmed[peer.Ordinal] = told > known ? told : known;
            }
            catch (Exception e) when (e is not SimulationFailure)
            {
                // What it has said before counts.
            }

            lowest = _silo.Confirmed.TryGetValue(peer.Ordinal, out var low) ? (low < lowest ? low : lowest) : null;
            if (lowest is null)
            {
                return null;
            }
        }

        return lowest;
    }

    private async Task LearnTopologyAsync()
    {
        try
        {
            _silo.Topologies.Offer(await _silo.Machine.Cluster.Registry.CallAsync(_silo, static (state, _) => state));
            DoubtIf(_silo.Links is { } links && !await links.TryConfirmAsync());
        }
        catch (TimeoutException)
        {
            DoubtIf(true);
        }

        DoubtIf(!_silo.Topologies.Unheard.IsEmpty);
    }

    // The first doubt counts: what was given before it is all there is.
    private void DoubtIf(bool isDoubtful) => _doubtful ??= isDoubtful ? _next : null;

    private async Task ReadWindowAsync()
    {
        var live = _silo.Topologies.Current;
        var topology = live.Topology;
        DoubtIf(Enumerable.Range(0, topology.Count).Any(i => topology[i].Stores && IsGivenUp(live, i)));
        var survey = await SurveyAsync(topology);
        if (IsDoubtful)
        {
            return;
        }

        var coveredTo = survey.Min(static s => s.CoveredTo);
        PeerBuckets[] peers = [.. survey.Select(s => new PeerBuckets(s.Peer, s.Page.Buckets.RemoveAll(b => b.UnixMinute >= coveredTo)))];
        var plan = ScanPlanner.Plan(PlantedChoice(peers), topology.IndexOf(_silo.Machine.Id), _damaged);
        foreach (var segment in plan)
        {
            var end = Min(segment.ToMinute.GetFirstKey(), _to);
            if (end > _next && !await ReadSegmentAsync(topology, segment, end))
            {
                return;
            }
        }

        _next = Min(coveredTo.GetFirstKey(), _to);
    }

    private async Task<List<(int Peer, BucketPage Page, UnixMinute CoveredTo)>> SurveyAsync(Topology topology)
    {
        var range = new BucketRange(_next.UnixMinute, _to.UnixMinute.Next(), 64);
        var answers = new List<(int, BucketPage, UnixMinute)>();
        foreach (var index in Enumerable.Range(0, topology.Count).Where(i => topology[i].Stores))
        {
            try
            {
                var page = await SourceOf(topology, index).ReadBucketsAsync(range, CancellationToken.None);
                answers.Add((index, page, page.CoveredTo));
                DoubtIf(!page.Damaged.IsEmpty);
            }
            catch (Exception e) when (e is not SimulationFailure)
            {
                DoubtIf(true);
                return answers;
            }
        }

        return answers;
    }

    /// <summary>Reads a segment; false when what is known has to be surveyed again.</summary>
    private async Task<bool> ReadSegmentAsync(Topology topology, ScanSegment segment, EventKey end)
    {
        DoubtIf(!segment.Unsure.IsEmpty);
        var merge = new EventMerge(segment.Sources.Length, _next, end);
        var after = new BlockPosition?[segment.Sources.Length];
        while (!merge.IsEnded)
        {
            if (merge.Hungry is { } hungry && !await FeedAsync(topology, segment.Sources[hungry], hungry, merge, after, end))
            {
                Take();
                return false;
            }

            merge.Write(_page);
            Take();
        }

        _next = end;
        return true;
    }

    private async Task<bool> FeedAsync(
        Topology topology, ScanSource source, int index, EventMerge merge, BlockPosition?[] after, EventKey end)
    {
        try
        {
            var range = new BlockRange(_next, end, source.Copysets, after[index], PageBytes);
            var page = await SourceOf(topology, source.Peer).ReadPageAsync(range, CancellationToken.None);
            var fresh = page.Damaged.Select(d => new CopysetSource(source.Peer, d.Copyset)).Where(d => !_damaged.Contains(d)).ToList();
            _damaged.UnionWith(fresh);
            if (fresh.Count > 0)
            {
                return false;
            }

            after[index] = page.Next;
            merge.Feed(index, page.Blocks, page.Next is null);
            return true;
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            DoubtIf(true);
            return false;
        }
    }

    private void Take()
    {
        _gains.Take(_page);
        if (_page.LastKey is { } last && last >= _next)
        {
            _next = last.GetSuccessor();
        }

        _page.Restart(long.MaxValue);
    }

    private IReplica SourceOf(Topology topology, int index) => _silo.Replicas.Of(topology[index].Id);

    // A peer of another cluster is not asked while puts do not go there.
    private bool IsGivenUp(LiveTopology live, int index) => live.Of(index) == PeerAvailability.Dead && !_silo.Topologies.IsOwn(live.Topology[index].Id);

    private PeerBuckets[] PlantedChoice(PeerBuckets[] peers)
    {
        if (_world.Settings.Bug != PlantedBug.ScanOneHolder)
        {
            return peers;
        }

        var seen = new HashSet<(CopysetId, UnixMinute)>();
        return Array.ConvertAll(peers, p => p with { Buckets = p.Buckets.RemoveAll(b => !seen.Add((b.Copyset, b.UnixMinute))) });
    }

    private static EventKey Min(EventKey a, EventKey b) => a < b ? a : b;
}
