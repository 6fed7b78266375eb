using System.Diagnostics.Metrics;
using AllData.Diagnostics;

namespace AllData.Repair;

/// <summary>What is counted of this peer's repair.</summary>
internal sealed class RepairInstruments(AllDataMeter meter)
{
    private readonly Counter<long> _blocks = meter.CreateCounter(
        "alldata.repair.blocks", "{block}", "Blocks fetched by repair, by whether they were lacking.");

    private readonly Counter<long> _events = meter.CreateCounter("alldata.repair.events", "{event}", "Events in the blocks that were lacking.");
    private readonly Counter<long> _bytes = meter.CreateCounter("alldata.repair.bytes", "By", "Bytes of all blocks fetched by repair.");
    private readonly Counter<long> _mended = meter.CreateCounter("alldata.repair.mended", "{block}", "Damaged blocks fetched again.");

    /// <summary>Shows how repair stands.</summary>
    /// <param name="read">How it stands.</param>
    /// <param name="readLag">How many seconds other clusters are behind.</param>
    public void Show(Func<RepairProgress> read, Func<long?> readLag)
    {
        meter.ShowGauge(
            "alldata.repair.missing_blocks", "{block}", "Blocks that this peer is known to owe and lack.", () => read().MissingCopies.Blocks);
        meter.ShowGauge("alldata.repair.missing_events", "{event}", "Events in them.", () => read().MissingCopies.Events);
        meter.ShowGauge(
            "alldata.repair.waiting_minutes", "{minute}", "Minutes that wait to be compared with other peers.",
            () => read().Peers.Sum(static p => p.WaitingMinutes));
        meter.ShowGauge(
            "alldata.repair.other_clusters_lag", "s",
            "How long ago the time is up to which all other clusters of the store hold their copies.",
            readLag);
    }

    /// <summary>A block was fetched.</summary>
    public void OnFetched(int events, int bytes, bool isNew)
    {
        _blocks.Add(1, new KeyValuePair<string, object?>("lacking", isNew));
        _events.Add(isNew ? events : 0);
        _bytes.Add(bytes);
    }

    /// <summary>A damaged block was replaced by an intact copy.</summary>
    public void OnMended() => _mended.Add(1);
}
