using System.Collections.Concurrent;
using AllData.Client.Bench;
using AllData.Errors;

namespace AllData.Tests.Support;

/// <summary>What became known of the puts that were due in one phase of a run. Safe for several threads.</summary>
/// <param name="name">The phase.</param>
internal sealed class LoadPhase(string name)
{
    private readonly ConcurrentDictionary<string, long> _failures = new();
    private readonly Latencies _latencies = new();
    private long _notSent;
    private long _untyped;

    /// <summary>The phase.</summary>
    public string Name { get; } = name;

    /// <summary>A put was acknowledged.</summary>
    /// <param name="took">Since it was due.</param>
    public void OnAcknowledged(TimeSpan took) => _latencies.Add(took);

    /// <summary>A put failed.</summary>
    public void OnFailed(Exception failure)
    {
        _failures.AddOrUpdate(KindOf(failure), 1, static (_, before) => before + 1);
        if (failure is not PutException)
        {
            Interlocked.Increment(ref _untyped);
        }
    }

    /// <summary>A put was due while too many were outstanding.</summary>
    public void OnNotSent() => Interlocked.Increment(ref _notSent);

    /// <summary>Sums up, when all puts of the phase are answered.</summary>
    public PhaseFigures Summarize()
    {
        var times = _latencies.Summarize();
        return new PhaseFigures(
            Name, times.Count, _failures.Values.Sum(), Interlocked.Read(ref _untyped), Interlocked.Read(ref _notSent),
            times.P50.TotalMilliseconds, times.P99.TotalMilliseconds, times.Longest.TotalMilliseconds, new SortedDictionary<string, long>(_failures));
    }

    /// <summary>The kind of a failure: its type and what it says of the event.</summary>
    public static string KindOf(Exception failure) => failure is PutException put ? $"{failure.GetType().Name} ({put.Written})" : failure.GetType().Name;
}

/// <summary>The puts of a phase, summed up.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Acknowledged">Puts that were acknowledged.</param>
/// <param name="Failed">Puts that failed.</param>
/// <param name="Untyped">Of these, those that do not say what is known of the event.</param>
/// <param name="NotSent">Puts that were not made, because too many were outstanding.</param>
/// <param name="P50">Median time from when a put was due to its acknowledgement, milliseconds.</param>
/// <param name="P99">99 of 100 were faster, milliseconds.</param>
/// <param name="Longest">The longest, milliseconds.</param>
/// <param name="Failures">Failures by kind.</param>
internal sealed record PhaseFigures(
    string Phase, long Acknowledged, long Failed, long Untyped, long NotSent, double P50, double P99, double Longest,
    IReadOnlyDictionary<string, long> Failures);
