using System.Diagnostics.Metrics;
using AllData.Diagnostics;

namespace AllData.Repair;

/// <summary>What is shown of this peer's repair.</summary>
internal sealed class RepairInstruments(AllDataMeter meter)
{
    /// <summary>Shows how repair stands.</summary>
    /// <param name="counters">What it has done.</param>
    /// <param name="read">How it stands.</param>
    /// <param name="readLag">How many seconds other clusters are behind.</param>
    public void Show(RepairCounters counters, Func<RepairProgress> read, Func<long?> readLag)
    {
        meter.ShowTotals(
            "alldata.repair.fetched_blocks", "{block}", "Blocks fetched by repair, by whether they were missing.",
            () => [Blocks(counters.FetchedBlocks, isMissing: true), Blocks(counters.KnownBlocks, isMissing: false)]);
        meter.ShowTotal("alldata.repair.fetched_events", "{event}", "Events in the blocks that were missing.", () => counters.FetchedEvents);
        meter.ShowTotal("alldata.repair.io", "By", "Bytes of all blocks fetched by repair.", () => counters.FetchedBytes);
        meter.ShowTotal("alldata.repair.repaired_blocks", "{block}", "Damaged blocks fetched again.", () => counters.MendedBlocks);
        meter.ShowAmount(
            "alldata.repair.missing_blocks", "{block}", "Blocks that this peer is known to owe and lack.", () => read().MissingCopies.Blocks);
        meter.ShowAmount("alldata.repair.missing_events", "{event}", "Events in them.", () => read().MissingCopies.Events);
        meter.ShowAmount(
            "alldata.repair.agenda", "{minute}", "Minutes that wait to be compared with other peers.",
            () => read().Peers.Sum(static p => p.WaitingMinutes));
        meter.ShowGauge(
            "alldata.repair.lag", "s", "How long ago the time is up to which all other clusters of the store hold their copies.", () => readLag());
    }

    private static Measurement<long> Blocks(long count, bool isMissing) =>
        new(count, new KeyValuePair<string, object?>(TelemetryAttributes.RepairMissing, isMissing));
}
