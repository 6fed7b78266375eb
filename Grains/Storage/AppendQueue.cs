using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>A block that waits to be written, and its caller.</summary>
internal sealed class PendingAppend(Interval interval, Block block)
{
    // Asynchronously: a caller's continuation on the writer's thread would hold up everybody's flush.
    private readonly TaskCompletionSource<AppendReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The interval that it lies in.</summary>
    public Interval Interval { get; } = interval;

    /// <summary>The block.</summary>
    public Block Block { get; } = block;

    /// <summary>The answer.</summary>
    public Task<AppendReply> Reply => _reply.Task;

    /// <summary>Bytes that it occupies.</summary>
    public int Bytes => Block.Bytes.Bytes.Length;

    /// <summary>Answers the caller.</summary>
    public void Answer(AppendReply reply) => _reply.TrySetResult(reply);
}

/// <summary>The blocks that wait for the writer, bounded in bytes. The bytes count until their transaction is over.</summary>
internal sealed class AppendQueue(StorageOptions options)
{
    private readonly object _gate = new();
    private readonly Queue<PendingAppend> _waiting = new();
    private long _waitingBytes;
    private bool _closed;

    /// <summary>Bytes that wait or are being written.</summary>
    public long WaitingBytes => Volatile.Read(ref _waitingBytes);

    /// <summary>Adds a block; null when it was taken, otherwise the answer for the caller. Never waits.</summary>
    public AppendReply? TryAdd(PendingAppend append)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return new AppendReply(AppendStatus.ReadOnly, "The store is closed: its silo is stopping.");
            }

            // A block larger than the whole bound goes when nothing else waits; otherwise it could never be stored.
            if (_waitingBytes > 0 && _waitingBytes + append.Bytes > options.MaxWaitingBytes)
            {
                return new AppendReply(
                    AppendStatus.Overloaded,
                    $"{_waitingBytes} bytes wait to be written, at most {options.MaxWaitingBytes} may. Try again later.",
                    RetryAfter: options.OverloadRetryAfter);
            }

            _waiting.Enqueue(append);
            _waitingBytes += append.Bytes;
            Monitor.Pulse(_gate);
            return null;
        }
    }

    /// <summary>Waits for blocks and takes as many as may share a transaction, in order.</summary>
    /// <param name="batch">Empty; receives them.</param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(List<PendingAppend> batch)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_closed)
            {
                Monitor.Wait(_gate);
            }

            var bytes = 0L;
            while (_waiting.TryPeek(out var next) && batch.Count < options.MaxBlocksPerTransaction
                && (batch.Count == 0 || bytes + next.Bytes <= options.MaxBytesPerTransaction))
            {
                bytes += next.Bytes;
                batch.Add(_waiting.Dequeue());
            }

            return batch.Count > 0;
        }
    }

    /// <summary>Frees the room of blocks whose transaction is over.</summary>
    public void Release(List<PendingAppend> batch)
    {
        lock (_gate)
        {
            foreach (var append in batch)
            {
                _waitingBytes -= append.Bytes;
            }
        }
    }

    /// <summary>Takes no more blocks; those that wait are still handed out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
