using System.Reflection;
using System.Runtime.InteropServices;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Links;
using AllData.Membership;
using AllData.Repair;
using AllData.Reports;
using AllData.Storage;
using Microsoft.Extensions.Options;

namespace AllData.Replicas;

/// <summary>Reports what this silo is and what it has used.</summary>
internal sealed class PeerReporter(
    HostedPeer hostedPeer, IOptions<AllDataOptions> options, PutInstruments puts, PeerInstruments peers, RepairLoop repair, RepairCounters counters,
    SiloConditions conditions, ClusterLinks links, ConfiguredFederation federation)
{
    private const string ProcessorFile = "/proc/cpuinfo";
    private const string ProcessorLine = "model name";

    private static readonly string Version =
        typeof(PeerReporter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static readonly MachineReport Machine = new(
        RuntimeInformation.OSDescription, ReadProcessor(), Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>The report of this moment.</summary>
    public PeerReport Report()
    {
        var store = hostedPeer.Store;
        var held = store?.Statistics;
        return new PeerReport
        {
            Peer = hostedPeer.Id,
            Location = hostedPeer.Location,
            ProgramVersion = Version,
            Machine = Machine,
            Store = store?.Description,
            Replication = ReplicationOf(options.Value.Replication),
            IntervalLength = hostedPeer.IntervalLength,
            Process = ReadProcess(),
            Blocks = held?.Blocks ?? 0,
            Events = held?.Events ?? 0,
            Replacements = puts.Replaced,
            TrueDeaths = peers.TrueDeaths,
            FalseDeaths = peers.FalseDeaths,
            Repair = store is null ? null : ReadRepair(store),
            Conditions = conditions.Current,
            Links = links.Reports,
            Dropped = federation.Own is { } own ? [.. own.Document.Clusters.SelectMany(static c => c.Dropped)] : [],
        };
    }

    private RepairReport ReadRepair(IReplicaStore store)
    {
        var progress = repair.Progress;
        return new RepairReport
        {
            IsCaughtUp = progress.IsCaughtUp,
            MissingBlocks = progress.MissingCopies.Blocks,
            MissingEvents = progress.MissingCopies.Events,
            OldestMissing = progress.MissingCopies.OldestMinute?.Timestamp,
            DamagedBlocks = store.DamagedEntries.Length,
            FetchedBlocks = counters.FetchedBlocks,
            FetchedEvents = counters.FetchedEvents,
            FetchedBytes = counters.FetchedBytes,
            KnownBlocks = counters.KnownBlocks,
            MendedBlocks = counters.MendedBlocks,
            Peers = progress.Peers,
            Watermarks = progress.Watermarks,
        };
    }

    private static ReplicationReport ReplicationOf(ReplicationOptions replication) =>
        new(replication.Factor, replication.OtherZoneReplicas, replication.OtherRegionReplicas, replication.CommitLevel);

    private static ProcessReport ReadProcess() => new(
        Environment.CpuUsage.TotalTime, Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: false), GC.GetTotalAllocatedBytes(),
        GC.GetTotalPauseDuration());

    // Only Linux has it in a file; elsewhere the architecture must do.
    private static string ReadProcessor()
    {
        var line = File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(static l => l.StartsWith(ProcessorLine, StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
