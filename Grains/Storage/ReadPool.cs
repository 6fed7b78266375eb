using System.Collections.Concurrent;

namespace AllData.Storage;

/// <summary>
/// A few threads that read, each with connections of its own: reading is synchronous in SQLite, and on the silo's own threads it would
/// hold up its messages and its signs of life.
/// </summary>
/// <typeparam name="TSession">What a thread reads with.</typeparam>
internal sealed class ReadPool<TSession>
    where TSession : class, IDisposable
{
    private readonly BlockingCollection<Action<TSession>> _waiting;
    private readonly int _maxWaiting;
    private readonly TSession[] _sessions;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    /// <summary>Starts the threads.</summary>
    public ReadPool(StorageOptions options, string name, Func<TSession> open)
    {
        _maxWaiting = options.MaxWaitingReads;
        _waiting = new BlockingCollection<Action<TSession>>(_maxWaiting);
        _running = options.Readers;
        _sessions = [.. Enumerable.Range(0, options.Readers).Select(_ => open())];
        foreach (var session in _sessions)
        {
            new Thread(() => Run(session)) { IsBackground = true, Name = $"reader of {name}" }.Start();
        }
    }

    /// <summary>Reads on one of the threads.</summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, or the store is closed.</exception>
    public Task<T> RunAsync<T>(Func<TSession, T> read, CancellationToken cancellationToken)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        return TryAdd(session => Perform(session, read, result, cancellationToken))
            ? result.Task.WaitAsync(cancellationToken)
            : Task.FromException<T>(new ReplicaStoreException($"{_maxWaiting} reads wait already. Try again later."));
    }

    /// <summary>Does something to each session, beside what it reads.</summary>
    public void ForEach(Action<TSession> work) => Array.ForEach(_sessions, work);

    /// <summary>Takes no more reads; completes when those that wait are answered and the threads have ended.</summary>
    public Task CloseAsync()
    {
        _waiting.CompleteAdding();
        return _ended.Task;
    }

    private bool TryAdd(Action<TSession> read)
    {
        try
        {
            return _waiting.TryAdd(read);
        }
        catch (InvalidOperationException)
        {
            throw new ReplicaStoreException("The store is closed: its silo is stopping.");
        }
    }

    private void Run(TSession session)
    {
        foreach (var read in _waiting.GetConsumingEnumerable())
        {
            read(session);
        }

        session.Dispose();

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.SetResult();
        }
    }

    private static void Perform<T>(
        TSession session, Func<TSession, T> read, TaskCompletionSource<T> result, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            result.SetCanceled(cancellationToken);
            return;
        }

        try
        {
            result.SetResult(read(session));
        }
        catch (OperationCanceledException)
        {
            result.SetCanceled(cancellationToken);
        }
        catch (Exception e)
        {
            result.SetException(e as ReplicaStoreException ?? new ReplicaStoreException($"The storage cannot be read: {e.Message}", e));
        }
    }
}
