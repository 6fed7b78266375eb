using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Replicas;

/// <summary>What is counted of this peer's replicas: what arrives, what is held, closed and scrubbed.</summary>
internal sealed class ReplicaInstruments(AllDataMeter meter)
{
    private readonly Counter<long> _appends = meter.CreateCounter("alldata.replica.appends", "{block}", "Answers of replicas, by status.");
    private readonly Counter<long> _closedIntervals = meter.CreateCounter("alldata.interval.closed", "{interval}", "Intervals closed by this peer.");
    private readonly Counter<long> _scrubbedBytes = meter.CreateCounter("alldata.scrub.bytes", "By", "Bytes that the scrubber has read.");
    private readonly Counter<long> _damage = meter.CreateCounter("alldata.scrub.damage", "{finding}", "Things that the scrubber has found damaged.");

    /// <summary>Shows what this peer holds.</summary>
    /// <param name="read">What it holds; null while there is no store.</param>
    public void Show(Func<ReplicaStoreStatistics?> read)
    {
        meter.ShowGauge("alldata.storage.blocks", "{block}", "Blocks held, damaged ones included.", () => read()?.Blocks);
        meter.ShowGauge("alldata.storage.events", "{event}", "Events held.", () => read()?.Events);
        meter.ShowGauge("alldata.storage.bytes", "By", "Bytes on disk.", () => read()?.Bytes);
        meter.ShowGauge("alldata.storage.waiting_bytes", "By", "Bytes that wait to be written.", () => read()?.WaitingBytes);
        meter.ShowGauge("alldata.storage.damaged_blocks", "{block}", "Times that a block was found damaged.", () => read()?.DamagedBlocks);
        meter.ShowGauge(
            "alldata.storage.damaged_intervals", "{interval}", "Intervals that may hold less than was promised.", () => read()?.DamagedIntervals);
    }

    /// <summary>A replica answered.</summary>
    public void OnAnswered(AppendStatus status) => _appends.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    /// <summary>An interval was closed.</summary>
    public void OnIntervalClosed() => _closedIntervals.Add(1);

    /// <summary>A part of what is held was checked.</summary>
    public void OnScrubbed(long bytes, int damage)
    {
        _scrubbedBytes.Add(bytes);
        _damage.Add(damage);
    }
}
