using AllData.Batching.Queueing;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Batching;

/// <summary>Takes puts in: checks sizes, splits puts that are too large for one call, and waits for room.</summary>
internal sealed class PutIntake(PutDispatcher dispatcher, AllDataClientOptions options)
{
    /// <summary>Takes in a put of one event.</summary>
    /// <returns>Its receipt.</returns>
    public Task<PutReceipt> EnterAsync(SinglePutPromise put, EventPayload payload, PutOptions? asked, CancellationToken cancellation)
    {
        var item = new PutItem(payload.Bytes, put, 0);
        if (SizeError(item) is { } error)
        {
            put.Settle(0, item.HasKey ? item.Key : null, error);
        }
        else if (dispatcher.Enter(item, asked) is { } waiting && cancellation.CanBeCanceled)
        {
            return WaitForRoomAsync(put, waiting, cancellation);
        }

        return cancellation.CanBeCanceled ? put.Task.WaitAsync(cancellation) : put.Task;
    }

    /// <summary>Takes in a put of many events, call by call.</summary>
    /// <returns>Its results.</returns>
    public async Task<PutResults> EnterAsync(
        PutManyPromise put, IEnumerable<EventPayload> payloads, PutOptions? asked, CancellationToken cancellation)
    {
        var items = new ArraySegment<PutItem>([.. payloads.Select((payload, i) => new PutItem(payload.Bytes, put, i))]);
        while (items.Count > 0 && !cancellation.IsCancellationRequested)
        {
            var part = NextPart(items);
            if (part.Count == 0)
            {
                items[0].Settle(items[0].HasKey ? items[0].Key : null, SizeError(items[0])!);
                items = items[1..];
                continue;
            }

            var waiting = dispatcher.Enter(part, asked);
            if (waiting is not null && !await IsLetInAsync(waiting, cancellation))
            {
                break;
            }

            items = items[part.Count..];
            if (waiting is { IsRefused: true })
            {
                // Otherwise each part would wait as long without success, one after another.
                dispatcher.Refuse(items);
                items = [];
            }
        }

        if (items.Count > 0)
        {
            put.Withdraw(items.Count, cancellation);
        }

        return await put.Task.WaitAsync(cancellation);
    }

    private async Task<PutReceipt> WaitForRoomAsync(SinglePutPromise put, AdmissionRequest waiting, CancellationToken cancellation)
    {
        try
        {
            return await put.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (dispatcher.TryWithdraw(waiting))
        {
            put.Withdraw(1, cancellation);
            throw;
        }
    }

    /// <summary>Waits until events are admitted, or refused and so completed; false when the caller has given up before.</summary>
    private async Task<bool> IsLetInAsync(AdmissionRequest waiting, CancellationToken cancellation)
    {
        try
        {
            await waiting.Ended.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return !dispatcher.TryWithdraw(waiting);
        }
    }

    /// <summary>As many events as travel in one call; none when the first is too large for any.</summary>
    private ArraySegment<PutItem> NextPart(ArraySegment<PutItem> items)
    {
        var bytes = 0L;
        var count = 0;
        while (count < items.Count && count < options.MaxBatchEvents && bytes + items[count].PackedSize <= options.MaxBatchBytes)
        {
            bytes += items[count++].PackedSize;
        }

        return items[..count];
    }

    private PutAnswer? SizeError(PutItem item)
    {
        var largest = options.MaxBatchBytes - PackedEvent.Overhead;
        return item.Payload.Length <= largest
            ? null
            : PutAnswer.Failed(new EventTooLargeException(
                $"The event has {item.Payload.Length} bytes, more than the {largest} that fit into one call of this client (MaxBatchBytes).",
                largest,
                item.Payload.Length));
    }
}
