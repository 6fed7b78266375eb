using System.Collections.Concurrent;
using AllData.Storage.Engine;

namespace AllData.Storage.Replica;

/// <summary>
/// A few threads that read, each with connections of its own: reading is synchronous in SQLite, and on the silo's own threads it would
/// hold up its messages and its signs of life.
/// </summary>
internal sealed class ReadPool
{
    private readonly BlockingCollection<Action<IStorageReader>> _waiting;
    private readonly int _maxWaiting;
    private readonly Func<DamagedIntervalException, Task> _noteDamage;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    /// <summary>Starts the threads.</summary>
    /// <param name="engine">What is read.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="name">Names the threads.</param>
    /// <param name="noteDamage">Notes damage that a reader has found and cannot note itself.</param>
    public ReadPool(IStorageEngine engine, StorageOptions options, string name, Func<DamagedIntervalException, Task> noteDamage)
    {
        _maxWaiting = options.MaxWaitingReads;
        _waiting = new BlockingCollection<Action<IStorageReader>>(_maxWaiting);
        _running = options.Readers;
        _noteDamage = noteDamage;
        foreach (var reader in Enumerable.Range(0, options.Readers).Select(_ => engine.OpenReader()).ToList())
        {
            new Thread(() => Run(reader)) { IsBackground = true, Name = $"reader of {name}" }.Start();
        }
    }

    /// <summary>Reads on one of the threads.</summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, the store is closed, or the requested data cannot be read.</exception>
    public Task<T> RunAsync<T>(Func<IStorageReader, T> read, CancellationToken cancellationToken)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        return TryAdd(reader => Perform(reader, read, result, cancellationToken))
            ? result.Task.WaitAsync(cancellationToken)
            : Task.FromException<T>(new ReplicaStoreException($"{_maxWaiting} reads wait already. Try again later."));
    }

    /// <summary>Takes no more reads; completes when those that wait are answered and the threads have ended.</summary>
    public Task CloseAsync()
    {
        _waiting.CompleteAdding();
        return _ended.Task;
    }

    private bool TryAdd(Action<IStorageReader> read)
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

    private void Run(IStorageReader reader)
    {
        foreach (var read in _waiting.GetConsumingEnumerable())
        {
            read(reader);
        }

        reader.Dispose();

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.SetResult();
        }
    }

    private void Perform<T>(
        IStorageReader reader, Func<IStorageReader, T> read, TaskCompletionSource<T> result, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            result.SetCanceled(cancellationToken);
            return;
        }

        try
        {
            result.SetResult(read(reader));
        }
        catch (OperationCanceledException)
        {
            result.SetCanceled(cancellationToken);
        }
        catch (DamagedIntervalException e)
        {
            _ = NoteAndFailAsync(e, result);
        }
        catch (Exception e)
        {
            result.SetException(Failure(e));
        }
    }

    // Unreadable data stays unreadable: peers and scans must know before they ask again, and after a restart.
    private async Task NoteAndFailAsync<T>(DamagedIntervalException damaged, TaskCompletionSource<T> result)
    {
        try
        {
            await _noteDamage(damaged);
            result.SetException(Failure(damaged));
        }
        catch (Exception e)
        {
            result.SetException(Failure(e));
        }
    }

    private static ReplicaStoreException Failure(Exception e) =>
        e as ReplicaStoreException ?? new ReplicaStoreException($"The storage cannot be read: {e.Message}", e);
}
