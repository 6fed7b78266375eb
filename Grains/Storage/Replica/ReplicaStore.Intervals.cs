using AllData.Intervals;
using AllData.Storage.Engine;

namespace AllData.Storage.Replica;

// Whole intervals: closed, and verified after repair. A reader does the work that takes as long as reading the interval, while puts continue.
internal sealed partial class ReplicaStore
{
    // Repair may change an interval while it is counted; the next call goes on.
    private const int MaxCounts = 3;

    // One at a time: each keeps a reader busy for as long as it takes to read the whole interval.
    private readonly SemaphoreSlim _oneCheck = new(1, 1);

    /// <inheritdoc/>
    public Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken) => RunAloneAsync<StoredInterval?>(
        async () =>
        {
            if (!await _writer.RunAsync(() => _engine.Writer.TryPromiseClosed(interval)))
            {
                return null;
            }

            await CountAndFinishAsync(interval, cancellationToken);
            return await _readers.RunAsync(reader => reader.Describe(interval), cancellationToken);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task PromiseClosedAsync(Interval interval) => _writer.RunAsync(() =>
    {
        _promises.Add(interval);
        return true;
    });

    /// <inheritdoc/>
    public Task<string?> VerifyIntervalAsync(Interval interval, bool isComplete, CancellationToken cancellationToken) => RunAloneAsync(
        async () =>
        {
            var damage = _engine.Find(interval) is { } standing && NeedsCheck(interval, standing)
                ? await CheckAsync(interval, isComplete, cancellationToken)
                : null;
            await CountAndFinishAsync(interval, cancellationToken);
            return damage ?? _engine.Find(interval)?.Damage;
        },
        cancellationToken);

    private bool NeedsCheck(Interval interval, IntervalStanding standing) =>
        standing.Damage is not null || _setting.Diagnostics.Known.AnyWithin(interval.FirstMinute, interval.EndMinute);

    // What is still wrong. Repairable faults are repaired and checked once more.
    private async Task<string?> CheckAsync(Interval interval, bool isComplete, CancellationToken cancellationToken)
    {
        // What is lost by salvaging now has not been compared with any other peer yet.
        isComplete &= !Find(interval).NeedsSalvage;
        await SalvageAsync(interval);
        for (var isLast = false; ; isLast = true)
        {
            var before = Find(interval);
            var found = await _readers.RunAsync(reader => reader.Check(interval, cancellationToken), cancellationToken);
            if (isLast || !await TryPutRightAsync(interval, found))
            {
                return await ConcludeAsync(interval, before, found, isComplete);
            }

            // A file that was set aside has lost something, and a bucket that said too much has hidden from comparisons what was missing.
            isComplete &= found.Corrupt is null && found.WrongMinutes.Count == 0;
        }
    }

    // True: something was changed, or should have been.
    private async Task<bool> TryPutRightAsync(Interval interval, ScrubTally found)
    {
        if (found.Corrupt is not null && Find(interval).NeedsSalvage)
        {
            await SalvageAsync(interval);
            return true;
        }

        if (found.HasRowsToReplace)
        {
            // No peer can give them: without this they would be found forever.
            await _writer.RunAsync(() => _engine.Writer.Replace(interval, found));
        }

        if (found.WrongMinutes.Count > 0)
        {
            await _writer.RunAsync(() => _engine.Writer.Recount(interval, found.WrongMinutes));
        }

        return found.HasRowsToReplace || found.WrongMinutes.Count > 0;
    }

    private async Task<string?> ConcludeAsync(Interval interval, IntervalStanding before, ScrubTally found, bool isComplete)
    {
        if (found.Damage.IsEmpty)
        {
            _setting.Diagnostics.Known.RemoveWithin(interval.FirstMinute, interval.EndMinute);
            if (before.IsToBeCounted)
            {
                var count = new IntervalCount(found.Sum, Damage: null);
                await _writer.RunAsync(() => _engine.Writer.TryFinishClosing(interval, count, before.Restorations));
            }
        }

        return await _writer.RunAsync(() => _engine.Writer.Conclude(interval, found, before.Damage, isComplete));
    }

    // Makes an interval that is promised closed self-contained, or self-contained again.
    private async Task CountAndFinishAsync(Interval interval, CancellationToken cancellationToken)
    {
        for (var counts = 0; counts < MaxCounts && _engine.Find(interval) is { IsToBeCounted: true } standing; counts++)
        {
            if (!await SalvageAsync(interval))
            {
                return;
            }

            var count = await _readers.RunAsync(reader => reader.Count(interval, cancellationToken), cancellationToken);
            await _writer.RunAsync(() => _engine.Writer.TryFinishClosing(interval, count, standing.Restorations));
        }
    }

    private Task<bool> SalvageAsync(Interval interval) =>
        Find(interval).NeedsSalvage ? _writer.RunAsync(() => _engine.Writer.TrySalvage(interval)) : Task.FromResult(true);

    private async Task<T> RunAloneAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _oneCheck.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _oneCheck.Release();
        }
    }

    private IntervalStanding Find(Interval interval) => _engine.Find(interval)!.Value;
}
