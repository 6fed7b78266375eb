using System.Collections.Concurrent;
using AllData.Errors;
using AllData.Replication;

namespace AllData.Client.Measuring;

/// <summary>What one run measured.</summary>
/// <param name="InFlight">Puts under way at once.</param>
/// <param name="Elapsed">How long it ran.</param>
/// <param name="Latencies">Latencies of the puts that succeeded.</param>
/// <param name="Errors">Puts that failed, by kind.</param>
internal sealed record ClosedLoopResult(int InFlight, TimeSpan Elapsed, LatencySummary Latencies, IReadOnlyDictionary<string, long> Errors);

/// <summary>
/// Puts single events in a closed loop: each of the callers sends its next event when it has the answer to the one before.
/// </summary>
internal sealed class ClosedLoop(IGrainFactory grains, SizedEvent events, PutOptions options, TimeProvider time, Random chance)
{
    /// <summary>Pause of a caller after a failure: what fails at once must not be asked in a spin.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly LatencySamples _latencies = new(chance);
    private readonly ConcurrentDictionary<string, long> _errors = new();

    /// <summary>Runs for a time; answers that are then still to come are waited for.</summary>
    public async Task<ClosedLoopResult> RunAsync(int inFlight, TimeSpan duration, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => CallAsync(started, duration, cancellation)));
        return new ClosedLoopResult(inFlight, time.GetElapsedTime(started), _latencies.Summarize(), _errors);
    }

    private async Task CallAsync(long started, TimeSpan duration, CancellationToken cancellation)
    {
        // Also with answers that are there at once, the callers take turns from the start.
        await Task.Yield();
        while (time.GetElapsedTime(started) < duration)
        {
            try
            {
                var asked = time.GetTimestamp();
                await grains.GetPutCoordinator().Put(events.Next(), options).WaitAsync(cancellation);
                _latencies.Add(time.GetElapsedTime(asked));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _errors.AddOrUpdate(e.GetType().Name, 1, static (_, count) => count + 1);
                var hint = (e as OverloadedException)?.RetryAfter;
                await Task.Delay(hint < AfterFailure ? hint.Value : AfterFailure, time, cancellation);
            }
        }
    }
}
