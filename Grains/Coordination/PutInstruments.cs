using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What is counted of puts by the silo that coordinates them.</summary>
internal sealed class PutInstruments(AllDataMeter meter)
{
    private readonly Histogram<double> _duration = meter.CreateHistogram("alldata.put.duration", "s", "From a block's first call to the reply.");
    private readonly Counter<long> _events = meter.CreateCounter("alldata.put.events", "{event}", "Events answered, by outcome.");
    private readonly Counter<long> _incomplete = meter.CreateCounter(
        "alldata.put.incomplete", "{block}", "Blocks left with fewer copies than asked for; repair's work.");

    private readonly Counter<long> _replacements = meter.CreateCounter(
        "alldata.replica.replacements", "{block}", "Replicas sent to another peer than first meant.");

    private readonly Counter<long> _late = meter.CreateCounter("alldata.replica.late", "{block}", "Answers that came after the replica deadline.");
    private long _replaced;

    /// <summary>Replicas sent to another peer so far: counters can be added to, and read only from outside.</summary>
    public long Replaced => Interlocked.Read(ref _replaced);

    /// <summary>The same of answers, for reports.</summary>
    public PutFigures Figures { get; } = new();

    /// <summary>Which peers replicas were sent to instead of which, for reports.</summary>
    public ReplacementTallies Replacements { get; } = new();

    /// <summary>A block's reply was sent.</summary>
    public void OnPutCompleted(CommitLevel level, string outcome, int events, TimeSpan elapsed)
    {
        var levelTag = new KeyValuePair<string, object?>("level", level.ToString());
        var outcomeTag = new KeyValuePair<string, object?>("outcome", outcome);
        _duration.Record(elapsed.TotalSeconds, levelTag, outcomeTag);
        _events.Add(events, levelTag, outcomeTag);
        Figures.OnAnswered(level, outcome, events, elapsed);
    }

    /// <summary>A put was answered without a block: refused, or found to be there already.</summary>
    public void OnPutResolved(string outcome, int events) => _events.Add(events, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>A replica was sent to another peer instead.</summary>
    /// <param name="meant">The peer that it was meant for.</param>
    /// <param name="instead">The other peer.</param>
    public void OnReplicaReplaced(PeerId meant, PeerId instead)
    {
        Replacements.OnReplaced(meant, instead);
        Interlocked.Increment(ref _replaced);
        _replacements.Add(1);
    }

    /// <summary>A replica answered after its deadline.</summary>
    public void OnLateAnswer() => _late.Add(1);

    /// <summary>The work on a block ended with copies missing.</summary>
    public void OnBlockIncomplete() => _incomplete.Add(1);
}
