using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Replica;

/// <summary>An entry of the writer's queue: a block, or work of another kind.</summary>
internal abstract class PendingWork
{
    /// <summary>Bytes that it occupies.</summary>
    public abstract int Bytes { get; }
}

/// <summary>A block that waits to be written, and its caller.</summary>
internal sealed class PendingAppend(Interval interval, Delivery delivery) : PendingWork
{
    // Asynchronously: a caller's continuation on the writer's thread would delay every other caller's flush.
    private readonly TaskCompletionSource<AppendReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The interval that it lies in.</summary>
    public Interval Interval { get; } = interval;

    /// <summary>The block, and whether repair brings it.</summary>
    public Delivery Delivery { get; } = delivery;

    public Task<AppendReply> Reply => _reply.Task;

    /// <inheritdoc/>
    public override int Bytes => Delivery.Block.Bytes.Bytes.Length;

    /// <summary>Answers the caller.</summary>
    public void Answer(AppendReply reply) => _reply.TrySetResult(reply);
}

/// <summary>Work for the writer's thread, in order with the blocks before and after it.</summary>
internal abstract class PendingTask : PendingWork
{
    // Counted like a small block, so that the bound in bytes also bounds how many wait.
    private const int NominalBytes = 4096;

    /// <inheritdoc/>
    public override int Bytes => NominalBytes;

    /// <summary>Does the work and answers. The writer decides about an exception, and returns it through <see cref="Fail"/>.</summary>
    public abstract void Run();

    /// <summary>Answers the caller that it could not be done.</summary>
    public abstract void Fail(ReplicaStoreException reason);
}

/// <summary>Work with a result.</summary>
internal sealed class PendingTask<T>(Func<T> work) : PendingTask
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Result => _result.Task;

    /// <inheritdoc/>
    public override void Run() => _result.TrySetResult(work());

    /// <inheritdoc/>
    public override void Fail(ReplicaStoreException reason) => _result.TrySetException(reason);
}

/// <summary>What waits for the writer, bounded in bytes. The bytes count until their transaction is over.</summary>
internal sealed class AppendQueue(StorageOptions options)
{
    // Puts find room while a peer is being refilled: beyond an eighth, repair must wait with its blocks.
    private const int RepairShare = 8;

    private readonly object _gate = new();
    private readonly Queue<PendingWork> _waiting = new();
    private long _waitingBytes;
    private bool _closed;

    /// <summary>Bytes that wait or are being written.</summary>
    public long WaitingBytes => Volatile.Read(ref _waitingBytes);

    /// <summary>Adds work; null when it was taken, otherwise the answer for the caller. Never waits.</summary>
    public AppendReply? TryAdd(PendingWork work)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return new AppendReply(AppendStatus.ReadOnly, "The store is closed: its silo is stopping.");
            }

            // A block larger than the whole bound is accepted when nothing else waits; otherwise it could never be stored.
            var bound = work is PendingAppend { Delivery.IsRepair: true } ? options.MaxWaitingBytes / RepairShare : options.MaxWaitingBytes;
            if (_waitingBytes > 0 && _waitingBytes + work.Bytes > bound)
            {
                return new AppendReply(
                    AppendStatus.Overloaded,
                    $"{_waitingBytes} bytes wait to be written, at most {bound} may. Try again later.",
                    RetryAfter: options.OverloadRetryAfter);
            }

            _waiting.Enqueue(work);
            _waitingBytes += work.Bytes;
            Monitor.Pulse(_gate);
            return null;
        }
    }

    /// <summary>Waits for work and takes the next: as many blocks as may share a transaction, in order, or one piece of another kind.</summary>
    /// <param name="batch">Empty; receives it.</param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(List<PendingWork> batch)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_closed)
            {
                Monitor.Wait(_gate);
            }

            if (_waiting.TryPeek(out var first) && first is PendingTask)
            {
                batch.Add(_waiting.Dequeue());
            }
            else
            {
                TakeBlocks(batch);
            }

            return batch.Count > 0;
        }
    }

    /// <summary>Frees the room of work that is over.</summary>
    public void Release(List<PendingWork> batch)
    {
        lock (_gate)
        {
            foreach (var work in batch)
            {
                _waitingBytes -= work.Bytes;
            }
        }
    }

    /// <summary>Takes no more work; what waits is still handed out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void TakeBlocks(List<PendingWork> batch)
    {
        var bytes = 0L;
        while (_waiting.TryPeek(out var next) && next is PendingAppend && batch.Count < options.MaxBlocksPerTransaction
            && (batch.Count == 0 || bytes + next.Bytes <= options.MaxBytesPerTransaction))
        {
            bytes += next.Bytes;
            batch.Add(_waiting.Dequeue());
        }
    }
}
