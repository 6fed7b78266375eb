using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Logging;

namespace AllData.Repair;

/// <summary>
/// This peer's comparison with one other: asks what has changed there, compares the buckets of these minutes, and fetches what this peer is
/// responsible for and does not hold. What it has learned survives a failure: the next step continues where this one ended.
/// </summary>
internal sealed partial class PeerComparison
{
    private const string StepName = "alldata.repair.compare";

    private const int MaxBucketsPerAnswer = 8_192;

    // The bounds of a step, so that one peer far behind does not delay the others.
    private const int MaxRangesPerStep = 64;
    private const long MaxBytesPerStep = 32L << 20;

    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);

    private readonly PeerId _other;
    private readonly IRepairSource _source;
    private readonly IRepairableReplica _own;
    private readonly BlockTransfer _transfer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RepairAgenda _agenda;
    private readonly FetchedBuckets _taken = new();
    private readonly KnownCopysets _copysets = new();
    private readonly HeldElsewhere? _held;
    private TimeSpan _rest = FirstRest;
    private TimeSpan _restsUntil;

    public PeerComparison(PeerId other, string? otherCluster, IRepairSource source, IRepairableReplica own, BlockTransfer transfer, RepairOptions options,
        TimeProvider time, ILogger logger)
    {
        OtherCluster = otherCluster;
        _held = otherCluster is null ? null : new HeldElsewhere(source, own);
        _other = other;
        _source = source;
        _own = own;
        _transfer = transfer;
        _time = time;
        _logger = logger;
        _agenda = new RepairAgenda((long)options.Settle.TotalMilliseconds, (long)options.Sweep.TotalMilliseconds);
    }

    public PeerId Other => _other;

    /// <summary>The other cluster of the store that the other peer is in; null if it is in this one.</summary>
    public string? OtherCluster { get; }

    /// <summary>
    /// The earliest minute of which the other peer may be missing something that this one holds, or null. Only for a peer of another cluster.
    /// </summary>
    public UnixMinute? EarliestUnheld => !_agenda.HasSwept ? UnixMinute.First : (_held?.EarliestUnheld, _agenda.EarliestPutBack) switch
    {
        ({ } unheld, { } putBack) => UnixMinute.Min(unheld, putBack),
        var (unheld, putBack) => unheld ?? putBack,
    };

    /// <summary>Whether the last step failed and the next is not due yet.</summary>
    public bool IsResting => _time.GetMonotonic() < _restsUntil;

    /// <summary>
    /// Whether all minutes up to now, except those that are still changing, have been compared, and everything missing was fetched. What changed while the
    /// other peer could not be asked has been compared, too.
    /// </summary>
    public bool IsCaughtUp => Problem is null && _agenda.HasSwept && _agenda.IsIdle;

    /// <summary>Why the last step failed; null when it did not.</summary>
    public string? Problem { get; private set; }

    /// <summary>The other peer's blocks that this peer is known to be missing.</summary>
    public MissingCopies MissingCopies { get; private set; }

    /// <summary>Bytes of the blocks fetched from the other peer.</summary>
    public long FetchedBytes => _transfer.FetchedBytes;

    /// <summary>Minutes that wait to be compared.</summary>
    public int WaitingMinutes => _agenda.WaitingMinutes;

    /// <summary>Compares everything again: the responsible peers have changed, or this peer has lost something.</summary>
    /// <param name="forgetTaken">Whether blocks fetched earlier may be missing again.</param>
    public void Restart(bool forgetTaken)
    {
        _agenda.Restart();
        _held?.Restart();
        _copysets.Clear();
        if (forgetTaken)
        {
            _taken.Clear();
        }
    }

    /// <summary>The other peer is away, and cannot say what changes there.</summary>
    public void OnAway() => _agenda.OnUnheard();

    /// <summary>This peer has stored something in these minutes.</summary>
    public void OnOwnChanges(ImmutableArray<UnixMinute> minutes)
    {
        if (_held is null || minutes.IsEmpty)
        {
            return;
        }

        _agenda.OnOwnChanges(minutes, Now);
        if (!_held.TryAddChanges(minutes))
        {
            Restart(forgetTaken: false);
        }
    }

    /// <summary>Does a bounded part of the work.</summary>
    /// <param name="duty">What of the other's copies this peer is to fetch.</param>
    /// <param name="stop">Ends it at the next answer.</param>
    /// <returns>What was fetched, and whether there is more to do at once.</returns>
    public async Task<(IntakeResult Taken, bool HasMore)> StepAsync(FetchDuty duty, CancellationToken stop)
    {
        using var step = AllDataActivities.Source.StartActivity(StepName);
        step?.SetTag(TelemetryAttributes.PeerId, _other.Value);
        try
        {
            var result = await StepCoreAsync(duty, stop);
            step?.SetTag(TelemetryAttributes.BlockCount, result.Taken.Blocks).SetTag(TelemetryAttributes.EventCount, result.Taken.Events)
                .SetTag(TelemetryAttributes.Size, result.Taken.Bytes);
            (_rest, Problem) = (FirstRest, null);
            return result;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Whatever the failure, it does not concern the other peers; this one is retried less and less often.
            if (Problem is null)
            {
                LogFailed(e, _other, _rest);
            }

            AllDataActivities.Fail(step, e);
            _agenda.OnUnheard();
            Problem = FailureText.SentenceOf(e);
            _restsUntil = _time.GetMonotonic() + _rest;
            _rest = _rest * 2 < LongestRest ? _rest * 2 : LongestRest;
            return (default, false);
        }
    }

    private async Task<(IntakeResult Taken, bool HasMore)> StepCoreAsync(FetchDuty duty, CancellationToken stop)
    {
        var changes = await _source.GetChangesAsync(_agenda.Cursor, stop);
        _agenda.OnChanges(changes, Now);
        if (!changes.IsComplete)
        {
            _held?.Restart();
        }

        if (_agenda.IsSweepDue(Now))
        {
            await BeginSweepAsync(stop);
        }

        var taken = default(IntakeResult);
        for (var i = 0; i < MaxRangesPerStep && taken.Bytes < MaxBytesPerStep; i++)
        {
            if (_agenda.Take(Now) is not { } range)
            {
                MissingCopies = _agenda.IsIdle ? default : MissingCopies;
                return (taken, false);
            }

            taken += await CompareAsync(range, duty, stop);
        }

        return (taken, true);
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    // A minute is never cut, and if the answer has one bucket, the first is the earliest.
    private async Task BeginSweepAsync(CancellationToken stop)
    {
        var page = await _source.ReadBucketsAsync(new BucketRange(UnixMinute.First, UnixMinute.End, 1), stop);
        UnixMinute? first = page.Buckets.IsEmpty ? null : page.Buckets[0].UnixMinute;
        if (_held is not null && await ReadOwnFirstAsync(stop) is { } own)
        {
            // What only this peer holds is to be there, too.
            first = UnixMinute.Min(first ?? own, own);
        }

        // Blocks that request more copies may have come since under the same copyset.
        _copysets.Clear();
        _agenda.BeginSweep(first, Now);
    }

    private async Task<UnixMinute?> ReadOwnFirstAsync(CancellationToken stop)
    {
        var page = await _own.ReadBucketsAsync(new BucketRange(UnixMinute.First, UnixMinute.End, 1), stop);
        return page.Buckets.IsEmpty ? null : page.Buckets[0].UnixMinute;
    }

    private async Task<IntakeResult> CompareAsync(MinuteRange range, FetchDuty duty, CancellationToken stop)
    {
        try
        {
            var theirs = await _source.ReadBucketsAsync(new BucketRange(range.FromMinute, range.ToMinute, MaxBucketsPerAnswer), stop);
            var covered = new MinuteRange(range.FromMinute, UnixMinute.Min(theirs.CoveredTo, range.ToMinute));
            if (covered.ToMinute <= covered.FromMinute)
            {
                throw new InvalidDataException($"It said nothing about minute {range.FromMinute}.");
            }

            _agenda.OnFinished(covered);
            var differences = await FindDifferencesAsync(covered, theirs.Buckets, duty, stop);
            var taken = await TakeAsync(differences, theirs.Buckets, stop);
            _agenda.PutBack(range with { FromMinute = covered.ToMinute });
            return taken;
        }
        catch
        {
            _agenda.PutBack(range);
            throw;
        }
    }

    private async Task<ImmutableArray<BucketDifference>> FindDifferencesAsync(
        MinuteRange range, ImmutableArray<BucketSum> theirs, FetchDuty duty, CancellationToken stop)
    {
        if (theirs.IsEmpty && _held is null)
        {
            return Postpone(range, [], [], duty);
        }

        if (!_copysets.AreAllKnown(theirs.Select(static b => b.Copyset)))
        {
            _copysets.Add(await _source.ReadCopysetsAsync(range.FromMinute, range.ToMinute, stop));
        }

        var own = await ReadOwnAsync(range, stop);
        var differences = BucketComparison.Compare(
            own, theirs, id => _copysets.TryGet(id, out var copyset) && duty.Owes(copyset), _taken.Contains);
        MissingCopies = MissingCopies.Of(differences, own);
        if (_held is not null)
        {
            await _held.OnComparedAsync(range, own, theirs, duty.OtherOwes, stop);
        }

        return Postpone(range, differences, own, duty);
    }

    // What another peer of the region fetches first comes from there. A bucket of which this peer holds as many blocks is not left: most likely nothing is
    // missing of it, and nothing would come.
    private ImmutableArray<BucketDifference> Postpone(
        MinuteRange range, ImmutableArray<BucketDifference> differences, IEnumerable<BucketSum> own, FetchDuty duty)
    {
        if (duty.IsLeftToAnother is not { } isLeft)
        {
            return differences;
        }

        var held = own.ToDictionary(static b => (b.Copyset, b.UnixMinute), static b => b.Blocks);
        var (due, postponed) = (ImmutableArray.CreateBuilder<BucketDifference>(), new List<UnixMinute>());
        foreach (var difference in differences)
        {
            var mine = _agenda.IsOverdue(difference.UnixMinute, Now)
                ? difference
                : difference.Without(b => b.Blocks > held.GetValueOrDefault((b.Copyset, b.UnixMinute)) && isLeft(_copysets[b.Copyset]));
            due.Add(mine);
            if (mine.Buckets < difference.Buckets)
            {
                postponed.Add(difference.UnixMinute);
            }
        }

        _agenda.OnPostponed(range, postponed, Now);
        due.RemoveAll(static d => d.Buckets == 0);
        return due.ToImmutable();
    }

    private async Task<List<BucketSum>> ReadOwnAsync(MinuteRange range, CancellationToken stop)
    {
        var own = new List<BucketSum>();
        for (var from = range.FromMinute; from < range.ToMinute;)
        {
            var page = await _own.ReadBucketsAsync(new BucketRange(from, range.ToMinute, MaxBucketsPerAnswer), stop);
            own.AddRange(page.Buckets);
            from = page.CoveredTo;
        }

        return own;
    }

    private async Task<IntakeResult> TakeAsync(ImmutableArray<BucketDifference> differences, ImmutableArray<BucketSum> theirs, CancellationToken stop)
    {
        if (differences.IsEmpty)
        {
            return default;
        }

        var plan = TransferPlan.Of(differences, theirs);
        var taken = default(IntakeResult);
        foreach (var run in plan.Walked)
        {
            taken += await TakeWholeAsync(run, stop);
        }

        foreach (var run in plan.Listed)
        {
            taken += await TakeListedAsync(run, stop);
        }

        if (taken.Blocks > 0)
        {
            LogTaken(taken.Blocks, taken.Events, taken.Bytes, _other, differences[0].UnixMinute, differences[^1].UnixMinute);
        }

        return taken;
    }

    private async Task<IntakeResult> TakeWholeAsync(BucketRun run, CancellationToken stop)
    {
        var (taken, isWhole) = await _transfer.TakeBucketsAsync(run, stop);
        Remember(run.Buckets, isWhole);
        return taken;
    }

    private async Task<IntakeResult> TakeListedAsync(BucketRun run, CancellationToken stop)
    {
        var theirs = await _source.ListAllBlocksAsync(run.Minutes, run.Copysets, stop);
        var own = (await _own.ListAllBlocksAsync(run.Minutes, run.Copysets, stop)).SelectMany(static part => part.Blocks).ToList();
        var (sum, areAllWhole) = (default(IntakeResult), true);
        foreach (var part in theirs)
        {
            var (taken, isWhole) = await _transfer.TakeBlocksAsync(part.Minutes.FromMinute, BucketComparison.Missing(own, part.Blocks), stop);
            sum += taken;
            areAllWhole &= isWhole;
        }

        Remember(run.Buckets, areAllWhole);
        return sum;
    }

    // With the sums that were compared: blocks that came later are reported as changes.
    private void Remember(ImmutableArray<BucketSum> buckets, bool isWhole)
    {
        foreach (var bucket in buckets)
        {
            if (isWhole)
            {
                _taken.Add(bucket);
            }
            else
            {
                // Next time, another peer may have filled the gap.
                _agenda.OnUnfinished(bucket.UnixMinute, Now);
            }
        }
    }

    [LoggerMessage(LogLevel.Information,
        "Repair took {Blocks} blocks ({Events} events, {Bytes} bytes) of minutes {From} to {To} from peer {Other}: this peer owes copies of them and had none")]
    private partial void LogTaken(int blocks, long events, long bytes, PeerId other, UnixMinute from, UnixMinute to);

    [LoggerMessage(LogLevel.Warning, "Repair could not compare with peer {Other}; it tries again after {Rest}")]
    private partial void LogFailed(Exception failure, PeerId other, TimeSpan rest);
}
