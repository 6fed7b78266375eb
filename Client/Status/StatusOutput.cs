using AllData.Client.Audit;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Status;

/// <summary>A status for machines.</summary>
/// <param name="Well">Whether all is well.</param>
/// <param name="Peers">The peers.</param>
/// <param name="Audit">How the blocks are kept.</param>
/// <param name="Links">The links to the other clusters of the store, as the peers' silos see them.</param>
/// <param name="Watermarks">Up to when each other cluster of the store holds its copies of what this one holds; left out where there is no other.</param>
/// <param name="Dropped">The regions of the store that were dropped; left out where there are none.</param>
internal sealed record StatusJson(
    bool Well, IReadOnlyList<PeerConditionJson> Peers, AuditJson Audit, IReadOnlyList<LinkJson> Links, IReadOnlyList<ClusterWatermark>? Watermarks,
    IReadOnlyList<DroppedRegion>? Dropped);

/// <summary>A peer's condition for machines; what it did not say is left out.</summary>
internal sealed record PeerConditionJson(
    string Peer, string Region, string Zone, PeerStatus Status, bool Alive, long? Blocks, long? Events, bool? CaughtUp, long? MissingBlocks,
    long? MissingEvents, DateTimeOffset? OldestMissing, long? DamagedBlocks, long? WaitingMinutes, double RepairBytesPerSecond, long? FetchedBlocks,
    long? FetchedBytes, long? KnownBlocks, long? MendedBlocks, long? Replacements, long? TrueDeaths, long? FalseDeaths,
    DateTimeOffset? AwaySince, double? ReplacedInSeconds, IReadOnlyList<SiloCondition> Conditions)
{
    public static PeerConditionJson Of(PeerCondition peer)
    {
        var (descriptor, report, repair) = (peer.View.Peer, peer.Report, peer.Report?.Repair);
        return new PeerConditionJson(
            descriptor.Id.Value, descriptor.Location.Region, descriptor.Location.Zone, descriptor.Status, peer.View.Alive, report?.Blocks, report?.Events,
            repair?.IsCaughtUp, repair?.MissingBlocks, repair?.MissingEvents, repair?.OldestMissing, repair?.DamagedBlocks,
            repair?.Peers.Sum(static p => (long)p.WaitingMinutes), peer.RepairBytesPerSecond, repair?.FetchedBlocks, repair?.FetchedBytes, repair?.KnownBlocks,
            repair?.MendedBlocks, report?.Replacements, report?.TrueDeaths, report?.FalseDeaths,
            peer.View.AwaySince, peer.View.ReplacedIn?.TotalSeconds, report?.Conditions is { IsDefault: false } conditions ? conditions : []);
    }
}

/// <summary>Writes how the cluster is.</summary>
internal static class StatusOutput
{
    /// <summary>Writes it for a machine or for people.</summary>
    public static void Write(Terminal terminal, ClusterStatus status, bool json)
    {
        if (json)
        {
            var watermarks = status.Watermarks.ToList();
            terminal.WriteJson(new StatusJson(
                status.IsWell,
                [.. status.Peers.Select(PeerConditionJson.Of)],
                AuditJson.Of(status.Audit),
                [.. status.Links.Select(LinkJson.Of)],
                watermarks.Count > 0 ? watermarks : null,
                status.Dropped.IsEmpty ? null : status.Dropped));
            return;
        }

        ToTable(status).Write(terminal);
        LinkOutput.Write(terminal, status.Links);
        AuditOutput.WriteSums(terminal, status.Audit);
        foreach (var peer in status.Peers)
        {
            foreach (var condition in peer.Report?.Conditions is { IsDefault: false } conditions ? conditions : [])
            {
                terminal.Say($"{peer.View.Peer.Id}: {condition.Sentence}");
            }
        }

        foreach (var watermark in status.Watermarks)
        {
            terminal.Say(watermark.HeldUpTo is { } time
                ? $"Cluster {watermark.Cluster} holds its copies of everything up to {time:yyyy-MM-dd HH:mm} UTC."
                : $"Cluster {watermark.Cluster}: it is not known yet up to when it holds its copies.");
        }

        foreach (var dropped in status.Dropped)
        {
            terminal.Say(dropped.Describe());
        }

        foreach (var line in PeerProblems.Describe(status))
        {
            terminal.Say(line);
        }
    }

    private static ResultTable ToTable(ClusterStatus status)
    {
        var table = new ResultTable(
            new("region", 4), new("zone", 5), new("peer"), new("status"), new("blocks", 6), new("events", 8), new("lacks"), new("oldest", 7),
            new("damaged"), new("repair", 3), new("repaired", 2), new("deaths", 1));
        foreach (var peer in status.Peers)
        {
            table.AddRow(Cells(peer));
        }

        return table;
    }

    private static string[] Cells(PeerCondition peer)
    {
        var (descriptor, report, repair) = (peer.View.Peer, peer.Report, peer.Report?.Repair);
        if (descriptor.IsPutOnly)
        {
            return
            [
                descriptor.Location.Region, descriptor.Location.Zone, descriptor.Id.Value, PeersOutput.Describe(peer.View), "unverifiable", "", "", "", "", "",
                "", "",
            ];
        }

        return
        [
            descriptor.Location.Region, descriptor.Location.Zone, descriptor.Id.Value, PeersOutput.Describe(peer.View),
            report is null ? "?" : $"{report.Blocks:N0}", report is null ? "?" : $"{report.Events:N0}",
            repair is null ? "?" : $"{repair.MissingBlocks:N0}", repair?.OldestMissing is { } oldest ? $"{oldest:yyyy-MM-dd HH:mm}" : "",
            repair is null ? "?" : $"{repair.DamagedBlocks:N0}", $"{Amount.Of((long)peer.RepairBytesPerSecond)}/s",
            repair is null ? "?" : $"{repair.FetchedBlocks:N0}", report is null ? "?" : $"{report.TrueDeaths} ({report.FalseDeaths} false)",
        ];
    }
}
