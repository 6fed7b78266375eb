using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>Waits for a condition that nothing announces, with a bound, and says what it saw last.</summary>
internal static class Eventually
{
    private static readonly TimeSpan DefaultBound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Tries until the attempt returns without an exception; the time it took.</summary>
    public static async Task<TimeSpan> Succeeds(string phase, TimeSpan bound, Func<Task> attempt)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                await attempt().WaitAsync(bound);
                return watch.Elapsed;
            }
            catch (Exception e) when (watch.Elapsed >= bound)
            {
                throw new TimeoutException($"{phase}: {attempts} attempts in {watch.Elapsed.TotalSeconds:0.#} s; {e.Message}", e);
            }
            catch (Exception)
            {
                // Not yet.
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits until the condition holds; the time it took.</summary>
    public static Task<TimeSpan> Holds(string phase, TimeSpan bound, Func<bool> condition, Func<string> actual) =>
        Succeeds(phase, bound, () => condition() ? Task.CompletedTask : throw new InvalidOperationException($"actual: {actual()}"));

    /// <summary>Waits until what is observed is as expected.</summary>
    /// <param name="phase">What the test is waiting for.</param>
    /// <param name="observe">Looks.</param>
    /// <param name="expected">What ends the wait.</param>
    /// <param name="bound">How long at most; 30 s when not given.</param>
    public static async Task<T> IsAsync<T>(string phase, Func<Task<T>> observe, Predicate<T> expected, TimeSpan? bound = null)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            var actual = await observe();
            if (expected(actual))
            {
                return actual;
            }

            if (watch.Elapsed > (bound ?? DefaultBound))
            {
                throw new TimeoutException($"{phase}: not met within {bound ?? DefaultBound}; at last '{actual}'.");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits until what is observed is as expected.</summary>
    public static Task<T> IsAsync<T>(string phase, Func<T> observe, Predicate<T> expected, TimeSpan? bound = null) =>
        IsAsync(phase, () => Task.FromResult(observe()), expected, bound);
}
