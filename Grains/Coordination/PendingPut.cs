using System.Diagnostics;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>One call's events on their way through a batcher, and its caller.</summary>
/// <param name="ticket">Its share of the call's room; released when its events are written or refused.</param>
/// <param name="started">When the call arrived, a timestamp of the time provider.</param>
internal abstract class PendingPut(AdmissionGate.Ticket ticket, long started)
{
    /// <summary>Its share of the call's room.</summary>
    public AdmissionGate.Ticket Ticket => ticket;

    /// <summary>When the call arrived, a timestamp of the time provider.</summary>
    public long Started => started;

    /// <summary>The span of the call, or null.</summary>
    public Activity? Caller { get; } = AllDataActivities.Caller;

    public abstract int Count { get; }

    /// <summary>Bytes of the events' records.</summary>
    public abstract long Bytes { get; }

    /// <summary>Writes its events. Keys that the coordinator is to issue are <c>default</c>.</summary>
    /// <param name="events">As many as <see cref="Count"/>.</param>
    public abstract void CopyTo(Span<KeyedEvent> events);

    /// <summary>Answers one of its events.</summary>
    /// <param name="index">Which.</param>
    /// <param name="key">Its key; null when it has none.</param>
    /// <param name="answer">The answer, which it may share with others of its block.</param>
    public abstract void Settle(int index, EventKey? key, PutAnswer answer);

    /// <summary>Answers all of its events with one error: they never left.</summary>
    public void Fail(PutException error)
    {
        var answer = PutAnswer.Failed(error);
        var events = new KeyedEvent[Count];
        CopyTo(events);
        for (var i = 0; i < events.Length; i++)
        {
            Settle(i, events[i].Key == default ? null : events[i].Key, answer);
        }
    }
}

/// <summary>A put of one event under a fresh key.</summary>
internal sealed class PendingSinglePut(KeyedEvent e, AdmissionGate.Ticket ticket, long started) : PendingPut(ticket, started)
{
    private readonly ReceiptPromise _receipt = new();

    /// <summary>The receipt, or the error.</summary>
    public Task<PutReceipt> Receipt => _receipt.Task;

    /// <inheritdoc/>
    public override int Count => 1;

    /// <inheritdoc/>
    public override long Bytes => PackedEvent.Overhead + e.Payload.Length;

    /// <inheritdoc/>
    public override void CopyTo(Span<KeyedEvent> events) => events[0] = e;

    /// <inheritdoc/>
    public override void Settle(int index, EventKey? key, PutAnswer answer) => _receipt.Settle(key, answer);
}

/// <summary>The promise to the caller of a put of one. It goes on elsewhere: it must not hold up the answers of the others in its block.</summary>
internal sealed class ReceiptPromise() : TaskCompletionSource<PutReceipt>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Takes the answer of the event; a second one is ignored.</summary>
    public void Settle(EventKey? key, PutAnswer answer) =>
        _ = answer.ErrorFor(key) is { } error ? TrySetException(error) : TrySetResult(answer.ToReceipt(key));
}

/// <summary>The events of a put of many that go through the batcher: all except those that were refused or must be looked up.</summary>
/// <param name="results">The results of the whole put.</param>
/// <param name="events">The events.</param>
/// <param name="indexes">Their places in the put; null when they are all of it.</param>
/// <param name="ticket">Their share of the call's room.</param>
/// <param name="started">When the call arrived.</param>
internal sealed class PendingPutMany(BatchResults results, KeyedEvent[] events, int[]? indexes, AdmissionGate.Ticket ticket, long started)
    : PendingPut(ticket, started)
{
    /// <inheritdoc/>
    public override int Count => events.Length;

    /// <inheritdoc/>
    public override long Bytes { get; } = events.Sum(static e => (long)PackedEvent.Overhead + e.Payload.Length);

    /// <inheritdoc/>
    public override void CopyTo(Span<KeyedEvent> destination) => events.CopyTo(destination);

    /// <inheritdoc/>
    public override void Settle(int index, EventKey? key, PutAnswer answer) => results.Settle(indexes is null ? index : indexes[index], key, answer);
}

/// <summary>Gathers the results of a put of many, which come block by block and from several threads.</summary>
internal sealed class BatchResults
{
    private readonly TaskCompletionSource<PutResults> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly (EventKey? Key, PutAnswer Answer)[] _results;
    private int _missing;

    /// <summary>Expects results.</summary>
    /// <param name="count">How many, at least one.</param>
    public BatchResults(int count)
    {
        _results = new (EventKey?, PutAnswer)[count];
        _missing = count;
    }

    /// <summary>Completes when the last one is there.</summary>
    public Task<PutResults> All => _all.Task;

    /// <summary>Takes the result of an event; a second one for the same is ignored.</summary>
    public void Settle(int index, EventKey? key, PutAnswer answer)
    {
        if (_results[index].Answer is not null)
        {
            return;
        }

        _results[index] = (key, answer);
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            _all.TrySetResult(PutResults.Pack(_results));
        }
    }
}
