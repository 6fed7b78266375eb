using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Replicas;

/// <summary>What is counted of this peer's replicas: what arrives, what is held, closed and scrubbed.</summary>
internal sealed class ReplicaInstruments(AllDataMeter meter)
{
    private readonly Counter<long> _appends = meter.CreateCounter("alldata.replica.appends", "{block}", "Blocks that were offered to this peer.");
    private long _closedIntervals;
    private long _scrubbedBytes;
    private long _findings;

    /// <summary>Shows what this peer holds and has done.</summary>
    /// <param name="read">What it holds; null while there is no store.</param>
    public void Show(Func<ReplicaStoreStatistics?> read)
    {
        meter.ShowAmount("alldata.storage.blocks", "{block}", "Blocks held, damaged ones included.", () => read()?.Blocks);
        meter.ShowAmount("alldata.storage.events", "{event}", "Events held.", () => read()?.Events);
        meter.ShowAmount("alldata.storage.size", "By", "Bytes on disk.", () => read()?.Bytes);
        meter.ShowAmount("alldata.storage.queue.size", "By", "Bytes that wait to be written.", () => read()?.WaitingBytes);
        meter.ShowTotal(
            "alldata.storage.damaged_blocks", "{block}", "Times that a block was found damaged.", () => read()?.DamagedBlocks ?? 0);
        meter.ShowAmount(
            "alldata.storage.damaged_intervals", "{interval}", "Intervals that may hold less than was promised.", () => read()?.DamagedIntervals);
        meter.ShowTotal("alldata.interval.closed", "{interval}", "Intervals closed by this peer.", () => Interlocked.Read(ref _closedIntervals));
        meter.ShowTotal("alldata.scrub.io", "By", "Bytes that the scrubber has read.", () => Interlocked.Read(ref _scrubbedBytes));
        meter.ShowTotal("alldata.scrub.findings", "{finding}", "Things that the scrubber has found damaged.", () => Interlocked.Read(ref _findings));
    }

    /// <summary>A replica answered.</summary>
    public void OnAnswered(AppendStatus status) =>
        _appends.Add(1, TelemetryAttributes.Of(TelemetryAttributes.ReplicaOutcome, TelemetryAttributes.TextOf(status)));

    /// <summary>An interval was closed.</summary>
    public void OnIntervalClosed() => Interlocked.Increment(ref _closedIntervals);

    /// <summary>A part of what is held was checked.</summary>
    public void OnScrubbed(long bytes, int findings)
    {
        Interlocked.Add(ref _scrubbedBytes, bytes);
        Interlocked.Add(ref _findings, findings);
    }
}
