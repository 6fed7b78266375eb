using System.Collections.Concurrent;

namespace AllData.Storage.Log;

/// <summary>A thread for work that no caller waits for: the next segment, checkpoints of the index. What fails there is tried again, or done without.</summary>
internal sealed class LogBackgroundWork : IDisposable
{
    private readonly BlockingCollection<Action> _waiting = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    public LogBackgroundWork(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = $"background of {name}" };
        _thread.Start();
    }

    /// <summary>Does something later. Each interval has a next segment and a checkpoint on its way at most: that bounds what waits.</summary>
    /// <param name="work">Throws nothing.</param>
    public void Add(Action work) => _waiting.Add(work);

    /// <summary>Waits until all that was added before is done.</summary>
    public void Finish()
    {
        using var done = new ManualResetEventSlim();
        _waiting.Add(done.Set);
        done.Wait();
    }

    /// <summary>Does what waits and ends.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
    }

    private void Run()
    {
        foreach (var work in _waiting.GetConsumingEnumerable())
        {
            work();
        }
    }
}
