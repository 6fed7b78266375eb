using AllData.Configuration;
using AllData.Intervals;
using AllData.Storage;
using Microsoft.Extensions.Logging;

namespace AllData.Repair;

/// <summary>
/// Verifies intervals after repair has worked on them: closed ones that were completed are made self-contained again, and noted damage is cleared
/// when it is gone. One interval per round.
/// </summary>
internal sealed partial class IntervalVerification(IRepairableReplica own, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(30);

    private readonly ILogger _logger = logger;
    private readonly SortedDictionary<Interval, Attempt> _waiting = [];
    private bool _wasCaughtUp;

    /// <summary>An interval has noted damage.</summary>
    public void Add(Interval interval) => _waiting.TryAdd(interval, new Attempt(TimeSpan.MinValue, FirstRest, HasFailed: false));

    /// <summary>Blocks were stored in intervals: those that no longer take puts must be made self-contained again.</summary>
    public void AddTouched(IEnumerable<Interval> intervals)
    {
        foreach (var interval in intervals.Where(IsOver))
        {
            // Not before the interval has been left alone for a while: each verification reads all of it.
            _waiting[interval] = _waiting.GetValueOrDefault(interval,
                new Attempt(default, FirstRest, HasFailed: false)) with
            { DueAt = time.GetMonotonic() + FirstRest };
        }
    }

    /// <summary>Verifies the next interval that is due.</summary>
    /// <param name="isCaughtUp">Whether everything has been compared with every other peer.</param>
    /// <param name="stop">Ends it between two steps.</param>
    public async Task SettleAsync(bool isCaughtUp, CancellationToken stop)
    {
        if (isCaughtUp && !_wasCaughtUp)
        {
            Hurry();
        }

        _wasCaughtUp = isCaughtUp;
        var due = _waiting.FirstOrDefault(w => w.Value.DueAt <= time.GetMonotonic());
        if (due.Value is null)
        {
            return;
        }

        var (interval, attempt) = due;
        if (await TrySettleAsync(interval, isCaughtUp && await HasOtherCopiesAsync(interval, stop), stop))
        {
            _waiting.Remove(interval);
        }
        else
        {
            var rest = attempt.Rest * 2 < LongestRest ? attempt.Rest * 2 : LongestRest;
            _waiting[interval] = attempt with { DueAt = time.GetMonotonic() + attempt.Rest, Rest = rest, HasFailed = true };
        }
    }

    // Events with a single copy are on no other peer, however many have been compared with.
    private async Task<bool> HasOtherCopiesAsync(Interval interval, CancellationToken stop) =>
        (await own.ReadCopysetsAsync(interval.FirstMinute, interval.EndMinute, stop))
            is { IsEmpty: false } copysets && copysets.All(static c => Math.Max(c.ReplicationFactor, c.Ordinals.Length) > 1);

    private bool IsOver(Interval interval) => interval.Next.EndUnixMilliseconds <= time.GetUtcNow().ToUnixTimeMilliseconds();

    // The obstacle, such as a peer that was away, may be gone.
    private void Hurry()
    {
        foreach (var (interval, attempt) in _waiting.Where(static w => w.Value.HasFailed).ToList())
        {
            _waiting[interval] = attempt with { DueAt = TimeSpan.MinValue, Rest = FirstRest };
        }
    }

    private async Task<bool> TrySettleAsync(Interval interval, bool isCaughtUp, CancellationToken stop)
    {
        try
        {
            if (await own.VerifyIntervalAsync(interval, isCaughtUp, stop) is { } wrong)
            {
                LogStillWrong(interval, wrong);
                return false;
            }

            LogSettled(interval);
            return true;
        }
        catch (ReplicaStoreException e)
        {
            LogNotSettled(e, interval);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Repair has checked interval {Interval} again: nothing is wrong with it")]
    private partial void LogSettled(Interval interval);

    [LoggerMessage(LogLevel.Warning, "Repair has checked interval {Interval} again, and something is still wrong: {Wrong}")]
    private partial void LogStillWrong(Interval interval, string wrong);

    [LoggerMessage(LogLevel.Warning, "Repair could not check interval {Interval} again; it tries again later")]
    private partial void LogNotSettled(Exception failure, Interval interval);

    private sealed record Attempt(TimeSpan DueAt, TimeSpan Rest, bool HasFailed);
}
