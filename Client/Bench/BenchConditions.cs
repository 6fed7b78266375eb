using System.Collections.Immutable;
using AllData.Client.Terminals;
using AllData.Reports;

namespace AllData.Client.Bench;

/// <summary>Shows what is measured: figures are meaningless without it.</summary>
internal static class BenchConditions
{
    /// <summary>Shows the conditions, from the silos' reports; what several have in common is shown once.</summary>
    public static void Say(Terminal terminal, ImmutableArray<PeerReport> reports)
    {
        foreach (var line in Describe(reports))
        {
            terminal.Say(line);
        }
    }

    public static IEnumerable<string> Describe(ImmutableArray<PeerReport> reports) => reports.IsEmpty
        ? ["No silo says what it runs on."]
        :
        [
            $"{reports.Length} silos answer, AllData {Distinct(reports, static r => r.ProgramVersion)}",
            $"machine      {Distinct(reports, static r => Of(r.Machine))}",
            $"replication  {Distinct(reports, static r => Of(r.Replication))}",
            $"storage      {Distinct(reports, static r => r.Store ?? "none")}",
            $"intervals    {Distinct(reports, static r => r.IntervalLength.ToString())}",
            .. reports.GroupBy(static r => r.Location).OrderBy(static g => g.Key.ToString(), StringComparer.Ordinal)
                .Select(static g => $"zone         {g.Key}: {string.Join(", ", g.Select(static r => r.Peer))}"),
        ];

    private static string Distinct(ImmutableArray<PeerReport> reports, Func<PeerReport, string> of) => string.Join(
        "; ",
        reports.GroupBy(of).Select(g => g.Count() == reports.Length ? g.Key : $"{g.Key} ({string.Join(", ", g.Select(static r => r.Peer))})"));

    private static string Of(MachineReport machine) =>
        $"{machine.OperatingSystem}, {machine.Processors} processors ({machine.Processor}), {Amount.Of(machine.MemoryBytes)} memory";

    private static string Of(ReplicationReport replication) =>
        $"{replication.Factor} replicas, {replication.OtherZoneReplicas} of them in other zones, {replication.OtherRegionReplicas} in other regions;"
        + $" answered at {replication.Level.ToString().ToUpperInvariant()} unless asked otherwise";
}
