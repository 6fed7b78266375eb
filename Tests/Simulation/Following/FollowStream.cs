using AllData.Following;
using AllData.Reading;
using Orleans.Runtime;

namespace AllData.Simulation.Following;

/// <summary>A silo's end of the way to one reader. A question that comes twice gets one answer.</summary>
internal sealed class FollowStream
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IAsyncEnumerator<FollowPage> _pages;
    private int _number;
    private Task<FollowPage> _last = Task.FromResult<FollowPage>(null!);

    /// <summary>Begins to serve the reader.</summary>
    public FollowStream(EventFollower follower, FollowStart start) => _pages = follower.FollowAsync(start, _stop.Token).GetAsyncEnumerator();

    /// <summary>When the reader has asked last, simulated.</summary>
    public TimeSpan AskedAt { get; private set; }

    /// <summary>The next page.</summary>
    /// <param name="number">Counts the pages from 1.</param>
    /// <param name="now">Simulated time.</param>
    public Task<FollowPage> NextAsync(int number, TimeSpan now)
    {
        AskedAt = now;
        if (number == _number + 1 && _last.IsCompletedSuccessfully)
        {
            (_number, _last) = (number, MoveAsync());
        }

        return number == _number ? _last : throw new SiloUnavailableException($"Page {number} is not the one after page {_number}.");
    }

    /// <summary>The reader has gone.</summary>
    public Task CloseAsync()
    {
        // Not on the thread pool.
        _stop.Cancel();
        return EndAsync();
    }

    private async Task EndAsync()
    {
        await ((Task)_last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await _pages.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<FollowPage> MoveAsync()
    {
        await _pages.MoveNextAsync();
        return _pages.Current;
    }
}
