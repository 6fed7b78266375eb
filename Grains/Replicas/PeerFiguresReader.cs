using System.Collections.Immutable;
using System.Reflection;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Intervals;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Repair;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Replicas;

/// <summary>Reads what the console shows of this silo: from memory, but for the intervals.</summary>
internal sealed class PeerFiguresReader(
    HostedPeer hostedPeer, IOptions<AllDataOptions> options, PutInstruments puts, RepairLoop repair, RepairCounters counters, SiloConditions conditions,
    ClusterLinks links, ITopologies topologies)
{
    private static readonly string Version =
        typeof(PeerFiguresReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private readonly Guid _process = Guid.NewGuid();

    /// <summary>The figures of this moment.</summary>
    /// <param name="intervals">How many of the newest intervals are described; 0: none.</param>
    public async Task<PeerFigures> ReadAsync(int intervals)
    {
        var (store, replication) = (hostedPeer.Store, options.Value.Replication);
        var held = store?.Statistics;
        return new PeerFigures
        {
            Peer = hostedPeer.Id,
            ProgramVersion = Version,
            Process = _process,
            Stores = store is not null,
            Blocks = held?.Blocks ?? 0,
            Events = held?.Events ?? 0,
            Puts = puts.Figures.Read(),
            Replacements = puts.Replacements.Read(),
            Repair = store is null ? new RepairFigures { IsCaughtUp = true } : ReadRepair(store.DamagedEntries.Length),
            Conditions = [.. conditions.Current.Take(PeerFigures.MaxNamed)],
            Links = [.. links.Reports.Take(PeerFigures.MaxNamed)],
            Avoided = [.. ReadAvoided().Take(PeerFigures.MaxNamed)],
            CopiesAwaited = CopiesOf(replication.CommitLevel, replication.Factor),
            HasIntervals = intervals > 0,
            Intervals = intervals > 0 && store is not null ? Newest(await store.DescribeIntervalsAsync(CancellationToken.None), intervals) : [],
        };
    }

    private RepairFigures ReadRepair(int damaged)
    {
        var progress = repair.Progress;
        return new RepairFigures
        {
            IsCaughtUp = progress.IsCaughtUp,
            MissingBlocks = progress.MissingCopies.Blocks,
            MissingEvents = progress.MissingCopies.Events,
            OldestMissing = progress.MissingCopies.OldestMinute?.Timestamp,
            DamagedBlocks = damaged,
            FetchedBlocks = counters.FetchedBlocks,
            FetchedEvents = counters.FetchedEvents,
            FetchedBytes = counters.FetchedBytes,
            MendedBlocks = counters.MendedBlocks,
            WaitingMinutes = progress.Peers.Sum(static p => (long)p.WaitingMinutes),
        };
    }

    private IEnumerable<PeerId> ReadAvoided()
    {
        var live = topologies.Current;
        for (var i = 0; i < live.Topology.Count; i++)
        {
            if (live.IsHosted(i) && live.Of(i) == PeerAvailability.Avoided)
            {
                yield return live.Topology[i].Id;
            }
        }
    }

    private static ImmutableArray<StoredInterval> Newest(ImmutableArray<StoredInterval> all, int intervals) =>
        [.. all.OrderBy(static i => i.Interval).TakeLast(Math.Min(intervals, PeerFigures.MaxIntervals))];

    private static int CopiesOf(CommitLevel level, int factor) => level switch
    {
        CommitLevel.All => factor,
        CommitLevel.Quorum => (factor / 2) + 1,
        _ => 1,
    };
}
