using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What is counted of puts by the silo that coordinates them.</summary>
internal sealed class PutInstruments(AllDataMeter meter)
{
    // From a flush of a fast disk to the longest deadline.
    private static readonly double[] Bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 25];

    private readonly Histogram<double> _duration = meter.CreateHistogram(
        "alldata.put.duration", "s", "From the first call of a block's puts to the reply.", Bounds);

    private readonly Counter<long> _events = meter.CreateCounter("alldata.put.events", "{event}", "Events answered.");
    private long _incomplete;
    private long _replaced;
    private long _late;

    /// <summary>Replicas sent to another peer so far: counters can be added to, and read only from outside.</summary>
    public long Replaced => Interlocked.Read(ref _replaced);

    /// <summary>The same of answers, for reports.</summary>
    public PutFigures Figures { get; } = new();

    /// <summary>Which peers replicas were sent to instead of which, for reports.</summary>
    public ReplacementTallies Replacements { get; } = new();

    /// <summary>Shows the totals.</summary>
    public void Show()
    {
        meter.ShowTotal(
            "alldata.put.incomplete_blocks", "{block}", "Blocks left with fewer copies than requested; repair's work.",
            () => Interlocked.Read(ref _incomplete));
        meter.ShowTotal("alldata.replica.replacements", "{replacement}", "Replicas sent to another peer than first meant.", () => Replaced);
        meter.ShowTotal(
            "alldata.replica.late_answers", "{answer}", "Answers of replicas that came after the replica deadline.", () => Interlocked.Read(ref _late));
    }

    /// <summary>A block's reply was sent.</summary>
    /// <param name="level">What its puts requested.</param>
    /// <param name="error">Why it failed; null when it was stored.</param>
    /// <param name="events">Its events.</param>
    /// <param name="elapsed">Since the oldest of its calls.</param>
    public void OnPutCompleted(CommitLevel level, Exception? error, int events, TimeSpan elapsed)
    {
        Figures.OnAnswered(level, error?.GetType().Name ?? nameof(PutOutcome.Stored), events, elapsed);
        if (!_duration.Enabled && !_events.Enabled)
        {
            return;
        }

        var levelTag = TelemetryAttributes.Of(TelemetryAttributes.PutLevel, TelemetryAttributes.TextOf(level));
        var outcomeTag = OutcomeOf(error, PutOutcome.Stored);
        _duration.Record(elapsed.TotalSeconds, levelTag, outcomeTag);
        _events.Add(events, levelTag, outcomeTag);
    }

    /// <summary>A put was answered without a block: refused, or found to be there already.</summary>
    /// <param name="error">Why it was refused; null when it was there already.</param>
    /// <param name="events">Its events.</param>
    public void OnPutResolved(Exception? error, int events) => _events.Add(events, OutcomeOf(error, PutOutcome.AlreadyStored));

    /// <summary>A replica was sent to another peer instead.</summary>
    /// <param name="meant">The peer that it was meant for.</param>
    /// <param name="instead">The other peer.</param>
    public void OnReplicaReplaced(PeerId meant, PeerId instead)
    {
        Replacements.OnReplaced(meant, instead);
        Interlocked.Increment(ref _replaced);
    }

    /// <summary>A replica answered after its deadline.</summary>
    public void OnLateAnswer() => Interlocked.Increment(ref _late);

    /// <summary>The work on a block ended with copies missing.</summary>
    public void OnBlockIncomplete() => Interlocked.Increment(ref _incomplete);

    private static KeyValuePair<string, object?> OutcomeOf(Exception? error, PutOutcome otherwise) => TelemetryAttributes.Of(
        TelemetryAttributes.PutOutcome, error is null ? TelemetryAttributes.TextOf(otherwise) : TelemetryAttributes.TextOf(error));
}
