using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage;

// Whole intervals: closed, and settled after repair. What takes long is done on a reader, while puts to other intervals go on.
internal sealed partial class SqliteReplicaStore
{
    // Repair may complete an interval while it is counted; whoever asks next goes on.
    private const int MaxCounts = 3;

    // Puts wait meanwhile, and a read takes milliseconds; only a check of all of a file takes longer.
    private static readonly TimeSpan FinishPatience = TimeSpan.FromSeconds(10);

    // One at a time: each keeps a reader busy for as long as it takes to read the whole interval.
    private readonly SemaphoreSlim _oneCheck = new(1, 1);

    /// <inheritdoc/>
    public async Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken)
    {
        await _oneCheck.WaitAsync(cancellationToken);
        try
        {
            // On the writer's thread it is only promised and finished: reading all of it there would hold up every put for as long.
            if (!await _writer.RunAsync(() => _target.PromiseClosed(interval)))
            {
                return null;
            }

            await FinishAsync(interval, cancellationToken);
            return await _readers.RunAsync(session => session.Describe(interval), cancellationToken);
        }
        finally
        {
            _oneCheck.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<string?> SettleAsync(Interval interval, bool isComplete, CancellationToken cancellationToken)
    {
        await _oneCheck.WaitAsync(cancellationToken);
        try
        {
            if (!NeedsSettling(interval))
            {
                return null;
            }

            // What is lost by setting a file aside now has been compared with nobody yet.
            var isWhole = _catalog.Find(interval) is not { Note.SetAside: > 0 };
            await SalvageAsync(interval);
            var damage = await CheckAsync(interval, isComplete && isWhole, cancellationToken);
            if (_catalog.Find(interval) is { State: IntervalState.Closed })
            {
                // Completed again since it was checked.
                await FinishAsync(interval, cancellationToken);
            }

            return damage;
        }
        finally
        {
            _oneCheck.Release();
        }
    }

    private bool NeedsSettling(Interval interval) => _catalog.Find(interval) is { } entry
        && (entry is { Note.Damage: not null } or { State: IntervalState.Closed, IsFinished: false }
            || _diagnostics.Known.AnyWithin(interval.StartUnixMilliseconds / 60_000, interval.EndUnixMilliseconds / 60_000));

    private Task<bool> SalvageAsync(Interval interval) => _catalog.Find(interval) is { Note.SetAside: > 0 }
        ? _writer.RunAsync(() => _target.TrySalvage(interval))
        : Task.FromResult(true);

    // What is still wrong. Buckets that are wrong are counted afresh and looked at once more.
    private async Task<string?> CheckAsync(Interval interval, bool isComplete, CancellationToken cancellationToken)
    {
        for (var isLast = false; ; isLast = true)
        {
            var before = _catalog.Find(interval)!;
            var tally = await _readers.RunAsync(session => session.Recheck(interval, cancellationToken), cancellationToken);
            if (!isLast && tally.Corrupt is not null)
            {
                await SalvageAsync(interval);
                isComplete = false;
            }
            else if (!isLast && tally.HasRowsToReplace)
            {
                // No peer can give them: they would be found again for ever.
                await _writer.RunAsync(() => _target.Replace(interval, tally));
                await _writer.RunAsync(() => _target.Recount(interval, tally.WrongMinutes));
            }
            else if (!isLast && tally.WrongMinutes.Count > 0)
            {
                // A bucket that said too much has hidden from comparisons what was lacking.
                await _writer.RunAsync(() => _target.Recount(interval, tally.WrongMinutes));
                isComplete = false;
            }
            else
            {
                if (before.State == IntervalState.Closed)
                {
                    await _writer.RunAsync(() => FinishClosing(interval, tally.Sum, before.Completions));
                }

                return Conclude(interval, before.Note, tally, isComplete);
            }
        }
    }

    private string? Conclude(Interval interval, IntervalNote? before, ScrubTally tally, bool isComplete)
    {
        if (tally.Damage.IsEmpty)
        {
            _diagnostics.Known.RemoveWithin(interval.StartUnixMilliseconds / 60_000, interval.EndUnixMilliseconds / 60_000);
            _catalog.OnSettled(interval, before, isComplete);
        }

        return _catalog.Find(interval)?.Note?.Damage;
    }

    // Makes a file that is promised closed self-contained, or self-contained again.
    private async Task FinishAsync(Interval interval, CancellationToken cancellationToken)
    {
        for (var counts = 0; counts < MaxCounts && _catalog.Find(interval) is { IsFinished: false, HasFile: true } entry; counts++)
        {
            if (!await SalvageAsync(interval))
            {
                return;
            }

            var sum = await _readers.RunAsync(session => session.CheckAndCount(interval, cancellationToken), cancellationToken);
            await _writer.RunAsync(() => FinishClosing(interval, sum, entry.Completions));
        }
    }

    // SQLite takes a file out of its log only when nobody else has it open. A file with damaged pages is to be set aside first.
    private bool FinishClosing(Interval interval, IntervalSum sum, long completions)
    {
        if (_catalog.Find(interval) is not { IsFinished: false, HasFile: true } entry || entry.Completions != completions || entry.Note is { SetAside: > 0 })
        {
            return false;
        }

        return TryRunAlone(interval, FinishPatience, () =>
        {
            _target.Release(interval);
            _closing.Finish(interval, sum);
        });
    }

    private bool TryRunAlone(Interval interval, TimeSpan patience, Action work) => _gate.TryRunAlone(interval, patience, () =>
    {
        _readers.ForEach(session => session.Release(interval));
        work();
    });
}
