using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Replica;

/// <summary>
/// The one writer of a peer, on its own thread: takes all waiting blocks, writes them in one transaction with one flush per interval, answers, and
/// takes what has arrived meanwhile. Nothing lingers: the flush itself forms the groups.
/// </summary>
internal sealed class GroupCommit
{
    private readonly AppendQueue _queue;
    private readonly IStorageWriter _writer;
    private readonly Func<Interval, AppendReply?> _whyNoPuts;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly TaskCompletionSource<string> _readOnly = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _transactions;

    /// <summary>Starts the writer's thread.</summary>
    /// <param name="writer">What it drives.</param>
    /// <param name="whyNoPuts">The answer for puts of an interval that takes none, though the engine would; null where it takes them.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="diagnostics">Where failures are counted and logged.</param>
    /// <param name="name">The name of the thread.</param>
    public GroupCommit(
        IStorageWriter writer, Func<Interval, AppendReply?> whyNoPuts, StorageOptions options, ReplicaStoreDiagnostics diagnostics, string name)
    {
        _queue = new AppendQueue(options);
        _whyNoPuts = whyNoPuts;
        _writer = writer;
        _diagnostics = diagnostics;
        new Thread(Run) { IsBackground = true, Name = $"writer of {name}" }.Start();
    }

    /// <summary>Bytes that wait or are being written.</summary>
    public long WaitingBytes => _queue.WaitingBytes;

    /// <summary>Transactions committed and flushed.</summary>
    public long Transactions => Volatile.Read(ref _transactions);

    /// <summary>Completes with the reason when a write has failed.</summary>
    public Task<string> BecameReadOnly => _readOnly.Task;

    /// <summary>Why nothing is written any more; null while writing is possible.</summary>
    public string? ReadOnlyReason => _readOnly.Task.IsCompleted ? _readOnly.Task.Result : null;

    /// <summary>Queues a block; answers at once when it cannot wait.</summary>
    public Task<AppendReply> AppendAsync(Interval interval, Delivery delivery)
    {
        if (ReadOnlyReason is { } reason)
        {
            return Task.FromResult(new AppendReply(AppendStatus.ReadOnly, reason));
        }

        var append = new PendingAppend(interval, delivery);
        return _queue.TryAdd(append) is { } refusal ? Task.FromResult(refusal) : append.Reply;
    }

    /// <summary>Does other work on the writer's thread, in order with the blocks.</summary>
    /// <exception cref="ReplicaStoreException">
    /// Too much waits, the store is closed or read-only, or the work failed; a failure of any other kind than this makes the store read-only.
    /// </exception>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var task = new PendingTask<T>(work);
        if (_queue.TryAdd(task) is { } refusal)
        {
            task.Fail(new ReplicaStoreException(refusal.Reason!));
        }

        return task.Result;
    }

    /// <summary>Takes no more work; completes when what waits is answered and the engine is closed.</summary>
    public Task CloseAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    private void Run()
    {
        var batch = new List<PendingWork>();
        while (_queue.Take(batch))
        {
            if (batch[0] is PendingTask task)
            {
                Run(task);
            }

            foreach (var group in batch.OfType<PendingAppend>().GroupBy(append => append.Interval))
            {
                Commit(group.Key, [.. group]);
            }

            _queue.Release(batch);
            batch.Clear();
            AfterAnswers();
        }

        _writer.Dispose();
        _ended.SetResult();
    }

    private void Commit(Interval interval, List<PendingAppend> appends)
    {
        if (ReadOnlyReason is { } reason)
        {
            AnswerAll(appends, new AppendReply(AppendStatus.ReadOnly, reason));
            return;
        }

        if (_whyNoPuts(interval) is { } closed)
        {
            AnswerAll(appends.FindAll(static append => !append.Delivery.IsRepair), closed);
            appends.RemoveAll(static append => !append.Delivery.IsRepair);
            if (appends.Count == 0)
            {
                return;
            }
        }

        try
        {
            var replies = _writer.Commit(interval, appends.ConvertAll(append => append.Delivery));
            Interlocked.Increment(ref _transactions);
            for (var i = 0; i < replies.Length; i++)
            {
                appends[i].Answer(replies[i]);
            }
        }
        catch (Exception e)
        {
            // Whatever the failure, the blocks may be partly written: none of them counts.
            BecomeReadOnly(e);
            AnswerAll(appends, new AppendReply(AppendStatus.Failed, $"The block could not be made durable: {e.Message}"));
        }
    }

    private void Run(PendingTask task)
    {
        if (ReadOnlyReason is { } reason)
        {
            task.Fail(new ReplicaStoreException(reason));
            return;
        }

        try
        {
            task.Run();
        }
        catch (ReplicaStoreException e)
        {
            task.Fail(e);
        }
        catch (Exception e)
        {
            BecomeReadOnly(e);
            task.Fail(new ReplicaStoreException($"The storage failed: {e.Message}", e));
        }
    }

    private void AfterAnswers()
    {
        try
        {
            if (ReadOnlyReason is null)
            {
                _writer.AfterAnswers();
            }
        }
        catch (Exception e)
        {
            BecomeReadOnly(e);
        }
    }

    // Permanently read-only: after a failed flush the system may drop what it could not write and report the next flush as good.
    private void BecomeReadOnly(Exception failure)
    {
        var reason = $"The storage failed and is read-only until the silo is started again and has checked itself: {failure.Message}";
        if (_readOnly.TrySetResult(reason))
        {
            _diagnostics.OnReadOnly(reason, failure);
            _writer.StopWriting();
        }
    }

    private static void AnswerAll(List<PendingAppend> appends, AppendReply reply)
    {
        foreach (var append in appends)
        {
            append.Answer(reply);
        }
    }
}
