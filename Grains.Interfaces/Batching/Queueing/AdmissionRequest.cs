using AllData.Replication;

namespace AllData.Batching.Queueing;

/// <summary>Events that are admitted together.</summary>
/// <param name="items">At least one event, no more than a batch takes.</param>
/// <param name="options">What they request.</param>
/// <param name="since">When they began to wait.</param>
internal sealed class AdmissionRequest(ArraySegment<PutItem> items, PutOptions? options, TimeSpan since)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ArraySegment<PutItem> Items => items;

    /// <summary>What they request.</summary>
    public PutOptions? Options => options;

    /// <summary>When they began to wait.</summary>
    public TimeSpan Since => since;

    /// <summary>Bytes that they are charged with.</summary>
    public long Charge { get; } = SumCharges(items);

    /// <summary>Whether the caller has given up; then it is skipped.</summary>
    public bool IsWithdrawn { get; private set; }

    /// <summary>Completes when they are admitted, or have waited too long and have failed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether it has waited too long; set before <see cref="Ended"/> completes.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Ends the wait: they are admitted.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Ends the wait: there was no room in time.</summary>
    public void Refuse()
    {
        IsRefused = true;
        End();
    }

    /// <summary>The caller has given up. False when they were already admitted, or refused.</summary>
    public bool TryWithdraw() => IsWithdrawn = _ended.TrySetResult();

    private static long SumCharges(ArraySegment<PutItem> items)
    {
        var sum = 0L;
        foreach (var item in items)
        {
            sum += item.Charge;
        }

        return sum;
    }
}
