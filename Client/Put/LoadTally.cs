using AllData.Replication;

namespace AllData.Client.Put;

/// <summary>What is known of a load at one moment. At its end, read = stored + already stored + failed + unknown.</summary>
/// <param name="Read">Lines read, without blank ones.</param>
/// <param name="Stored">Lines stored by this load.</param>
/// <param name="AlreadyStored">Lines whose earlier attempt turned out to have stored them.</param>
/// <param name="Failed">Lines that were refused or given up, and of which nothing was written.</param>
/// <param name="Unknown">Lines that may be stored, under a key that was reported.</param>
/// <param name="Retried">Lines sent again, counted each time.</param>
/// <param name="Strict">Stored lines that are where the policy wants them.</param>
/// <param name="Relaxed">Stored lines with a replacement among their holders.</param>
/// <param name="UnderReplicated">Stored lines of which there are fewer replicas than wanted.</param>
internal readonly record struct LoadCounts(
    long Read, long Stored, long AlreadyStored, long Failed, long Unknown, long Retried, long Strict, long Relaxed, long UnderReplicated)
{
    /// <summary>Lines that the store acknowledged.</summary>
    public long Acknowledged => Stored + AlreadyStored;
}

/// <summary>Counts while many batches are in flight.</summary>
internal sealed class LoadTally
{
    private readonly Lock _lock = new();
    private LoadCounts _counts;

    /// <summary>Says how many lines were sent again so far, each time counted.</summary>
    public Func<long> CountRetried { get; set; } = static () => 0;

    /// <summary>The counts now, consistent with each other.</summary>
    public LoadCounts Counts
    {
        get
        {
            lock (_lock)
            {
                return _counts with { Retried = CountRetried() };
            }
        }
    }

    /// <summary>A line was read.</summary>
    public void OnRead() => Change(static c => c with { Read = c.Read + 1 });

    /// <summary>A line failed for good.</summary>
    public void OnFailed() => Change(static c => c with { Failed = c.Failed + 1 });

    /// <summary>A line may be stored.</summary>
    public void OnUnknown() => Change(static c => c with { Unknown = c.Unknown + 1 });

    /// <summary>A line was acknowledged.</summary>
    public void OnAcknowledged(PutReceipt receipt) =>
        Change(counts => WithAdherence(WithOutcome(counts, receipt.Outcome), receipt.Adherence));

    private static LoadCounts WithOutcome(LoadCounts counts, PutOutcome outcome) => outcome == PutOutcome.Stored
        ? counts with { Stored = counts.Stored + 1 }
        : counts with { AlreadyStored = counts.AlreadyStored + 1 };

    private static LoadCounts WithAdherence(LoadCounts counts, Adherence adherence) => adherence switch
    {
        Adherence.Strict => counts with { Strict = counts.Strict + 1 },
        Adherence.Relaxed => counts with { Relaxed = counts.Relaxed + 1 },
        _ => counts with { UnderReplicated = counts.UnderReplicated + 1 },
    };

    private void Change(Func<LoadCounts, LoadCounts> change)
    {
        lock (_lock)
        {
            _counts = change(_counts);
        }
    }
}
