using System.Diagnostics.Metrics;
using AllData.Replication;

namespace AllData.Diagnostics;

/// <summary>
/// What the store counts, as OpenTelemetry instruments of the meter <c>AllData</c>. Tags name kinds only: never a key, never a payload.
/// </summary>
internal sealed class AllDataMetrics
{
    public const string MeterName = "AllData";

    private readonly Meter _meter;
    private long _replaced;
    private long _trueDeaths;
    private long _falseDeaths;
    private readonly Histogram<double> _putDuration;
    private readonly Counter<long> _events;
    private readonly Counter<long> _replicas;
    private readonly Counter<long> _replacements;
    private readonly Counter<long> _lateReplicas;
    private readonly Counter<long> _incomplete;
    private readonly Counter<long> _closedIntervals;
    private readonly Counter<long> _scrubbedBytes;
    private readonly Counter<long> _damage;
    private readonly Counter<long> _deaths;
    private readonly Counter<long> _repairedBlocks;
    private readonly Counter<long> _repairedEvents;
    private readonly Counter<long> _repairedBytes;
    private readonly Counter<long> _mended;

    public AllDataMetrics(IMeterFactory factory)
    {
        var meter = _meter = factory.Create(MeterName);
        _putDuration = meter.CreateHistogram<double>("alldata.put.duration", "s", "From a block's first call to the reply.");
        _events = meter.CreateCounter<long>("alldata.put.events", "{event}", "Events answered, by outcome.");
        _replicas = meter.CreateCounter<long>("alldata.replica.appends", "{block}", "Answers of replicas, by status.");
        _replacements = meter.CreateCounter<long>("alldata.replica.replacements", "{block}", "Replicas sent to another peer than first meant.");
        _lateReplicas = meter.CreateCounter<long>("alldata.replica.late", "{block}", "Answers that came after the replica deadline.");
        _incomplete = meter.CreateCounter<long>("alldata.put.incomplete", "{block}", "Blocks left with fewer copies than requested; repair adds the rest.");
        _deaths = meter.CreateCounter<long>(
            "alldata.peers.deaths", "{death}", "Peers seen to leave (kind true), or taken for dead and heard again (kind false), by this silo.");
        _closedIntervals = meter.CreateCounter<long>("alldata.interval.closed", "{interval}", "Intervals closed by this peer.");
        _scrubbedBytes = meter.CreateCounter<long>("alldata.scrub.bytes", "By", "Bytes that the scrubber has read.");
        _repairedBlocks = meter.CreateCounter<long>("alldata.repair.blocks", "{block}", "Blocks fetched by repair, by whether they were lacking.");
        _repairedEvents = meter.CreateCounter<long>("alldata.repair.events", "{event}", "Events in the blocks that were lacking.");
        _repairedBytes = meter.CreateCounter<long>("alldata.repair.bytes", "By", "Bytes of all blocks fetched by repair.");
        _mended = meter.CreateCounter<long>("alldata.repair.mended", "{block}", "Damaged blocks fetched again.");
        _damage = meter.CreateCounter<long>("alldata.scrub.damage", "{finding}", "Things that the scrubber has found damaged.");
    }

    /// <summary>Publishes a figure of what this peer holds; it is read on demand.</summary>
    /// <param name="name">Last part of the instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    /// <param name="read">The figure now; null while there is no store.</param>
    public void ShowStored(string name, string unit, string description, Func<long?> read) => Show($"alldata.storage.{name}", unit, description, read);

    /// <summary>Publishes a figure of this peer's repair; it is read on demand.</summary>
    /// <param name="name">Last part of the instrument's name.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="description">What it counts.</param>
    /// <param name="read">The figure now; null while it is not known.</param>
    public void ShowRepair(string name, string unit, string description, Func<long?> read) => Show($"alldata.repair.{name}", unit, description, read);

    /// <summary>Repair fetched a block.</summary>
    public void OnRepaired(int events, int bytes, bool isNew)
    {
        _repairedBlocks.Add(1, new KeyValuePair<string, object?>("lacking", isNew));
        _repairedEvents.Add(isNew ? events : 0);
        _repairedBytes.Add(bytes);
    }

    /// <summary>Repair replaced a damaged block by an intact copy.</summary>
    public void OnBlockMended() => _mended.Add(1);

    private void Show(string name, string unit, string description, Func<long?> read) => _meter.CreateObservableGauge(
        name,
        () => read() is { } figure ? [new Measurement<long>(figure)] : Array.Empty<Measurement<long>>(),
        unit,
        description);

    /// <summary>An interval was closed.</summary>
    public void OnIntervalClosed() => _closedIntervals.Add(1);

    /// <summary>A part of what is held was checked.</summary>
    public void OnScrubbed(long bytes, int damage)
    {
        _scrubbedBytes.Add(bytes);
        _damage.Add(damage);
    }

    /// <summary>A peer's silo has left the cluster; or, where it is not real, a peer that was taken for dead has answered.</summary>
    public void OnPeerDeath(bool real)
    {
        Interlocked.Increment(ref real ? ref _trueDeaths : ref _falseDeaths);
        _deaths.Add(1, new KeyValuePair<string, object?>("kind", real ? "true" : "false"));
    }

    /// <summary>Peers seen to leave so far.</summary>
    public long TrueDeaths => Interlocked.Read(ref _trueDeaths);

    /// <summary>Peers that were avoided as silent so far and answered without having left.</summary>
    public long FalseDeaths => Interlocked.Read(ref _falseDeaths);

    /// <summary>A block's reply was sent.</summary>
    public void OnPutCompleted(CommitLevel level, string outcome, int events, TimeSpan elapsed)
    {
        var levelTag = new KeyValuePair<string, object?>("level", level.ToString());
        var outcomeTag = new KeyValuePair<string, object?>("outcome", outcome);
        _putDuration.Record(elapsed.TotalSeconds, levelTag, outcomeTag);
        _events.Add(events, levelTag, outcomeTag);
    }

    /// <summary>A put was answered without a block: refused, or found to be there already.</summary>
    public void OnPutResolved(string outcome, int events) => _events.Add(events, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>A replica answered.</summary>
    public void OnReplicaAnswered(AppendStatus status) => _replicas.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    /// <summary>A replica was sent to another peer instead.</summary>
    public void OnReplicaReplaced()
    {
        Interlocked.Increment(ref _replaced);
        _replacements.Add(1);
    }

    /// <summary>Replicas sent to another peer so far: counters can be added to, and read only from outside.</summary>
    public long Replaced => Interlocked.Read(ref _replaced);

    /// <summary>A replica answered after its deadline.</summary>
    public void OnLateAnswer() => _lateReplicas.Add(1);

    /// <summary>The work on a block ended with copies missing.</summary>
    public void OnBlockIncomplete() => _incomplete.Add(1);
}
