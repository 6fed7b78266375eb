using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage;

// Whole intervals: closed, and settled after repair. Counting takes as long as reading the interval: the writer goes on meanwhile.
internal sealed partial class PostgreSqlReplicaStore
{
    // Repair may complete an interval while it is counted; whoever asks next goes on.
    private const int MaxCounts = 3;

    // Of what is wrong, so many sentences are told; the rest is in the log.
    private const int MaxSentences = 8;

    // One at a time: each keeps a reader busy for as long as it takes to read the whole interval.
    private readonly SemaphoreSlim _oneCheck = new(1, 1);

    /// <inheritdoc/>
    public async Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken)
    {
        await _oneCheck.WaitAsync(cancellationToken);
        try
        {
            return await _writer.RunAsync(() => _target.Promise(interval)) is { } isUncounted
                ? await CountAndNoteAsync(interval, isUncounted, cancellationToken)
                : null;
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
            if (!_target.Held.Intervals.TryGetValue(interval, out var held))
            {
                return null;
            }

            var damage = NeedsCheck(interval, held) ? await CheckAsync(interval, isComplete, cancellationToken) : null;
            if (held.State == IntervalState.Closed && !await _readers.RunAsync(session => session.IsCounted(interval), cancellationToken))
            {
                await CountAndNoteAsync(interval, isUncounted: true, cancellationToken);
            }

            return damage ?? _target.Held.Intervals[interval].Damage;
        }
        finally
        {
            _oneCheck.Release();
        }
    }

    private bool NeedsCheck(Interval interval, HeldInterval held) =>
        held.Damage is not null || _diagnostics.Known.AnyWithin(interval.StartUnixMilliseconds / 60_000, interval.EndUnixMilliseconds / 60_000);

    // What is still wrong with what is held. Buckets that are wrong are counted afresh and looked at once more.
    private async Task<string?> CheckAsync(Interval interval, bool isComplete, CancellationToken cancellationToken)
    {
        var before = _target.Held.Intervals[interval].Damage;
        var tally = await _readers.RunAsync(session => session.Recheck(interval, cancellationToken), cancellationToken);
        if (tally.HasRowsToReplace)
        {
            // No peer can give them: they would be found again for ever.
            await _writer.RunAsync(() => _target.Replace(interval, tally));
            _journal.Restart();
            tally = await _readers.RunAsync(session => session.Recheck(interval, cancellationToken), cancellationToken);
        }

        if (tally.WrongMinutes.Count > 0)
        {
            // A bucket that said too much has hidden from comparisons what was lacking.
            await _writer.RunAsync(() => _target.Recount(interval, tally.WrongMinutes));
            _journal.Restart();
            isComplete = false;
            tally = await _readers.RunAsync(session => session.Recheck(interval, cancellationToken), cancellationToken);
        }

        if (!tally.Damage.IsEmpty)
        {
            return string.Join(' ', tally.Damage.Take(MaxSentences));
        }

        _diagnostics.Known.RemoveWithin(interval.StartUnixMilliseconds / 60_000, interval.EndUnixMilliseconds / 60_000);
        if (isComplete)
        {
            await _writer.RunAsync(() => _target.ClearDamage(interval, before));
        }

        return null;
    }

    private async Task<StoredInterval?> CountAndNoteAsync(Interval interval, bool isUncounted, CancellationToken cancellationToken)
    {
        for (var counts = 0; counts < MaxCounts; counts++)
        {
            var completions = _target.Held.Intervals[interval].Completions;
            IntervalCount? count = isUncounted ? await CountAsync(interval, cancellationToken) : null;
            if (await _writer.RunAsync(() => _target.NoteCount(interval, count, completions)) is { } noted)
            {
                return noted;
            }
        }

        // It is being completed: until it is settled, what its buckets say is told.
        return (await DescribeIntervalsAsync(cancellationToken)).First(described => described.Interval == interval);
    }

    // What cannot be counted stays as it was stored, and is noted as damaged: a closing that is never over would help nobody.
    private async Task<IntervalCount> CountAsync(Interval interval, CancellationToken cancellationToken)
    {
        try
        {
            return await _readers.RunAsync(session => session.Count(interval), cancellationToken);
        }
        catch (ReplicaStoreException e) when (e.InnerException is DamagedTableException damaged)
        {
            await NoteDamageAsync(damaged);
            var stored = (await DescribeIntervalsAsync(cancellationToken)).First(described => described.Interval == interval);
            return new IntervalCount(stored.Blocks, stored.Events, stored.DigestSum, Damaged: 0);
        }
    }
}
