using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>Waits for a condition, with a bound and a message that says what was met instead.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

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

            if (watch.Elapsed > (bound ?? Bound))
            {
                throw new TimeoutException($"{phase}: not met within {bound ?? Bound}; at last '{actual}'.");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits until what is observed is as expected.</summary>
    public static Task<T> IsAsync<T>(string phase, Func<T> observe, Predicate<T> expected, TimeSpan? bound = null) =>
        IsAsync(phase, () => Task.FromResult(observe()), expected, bound);
}
