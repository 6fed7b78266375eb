namespace AllData.Simulation.Running;

/// <summary>
/// One life of a process: everything that its code awaits goes on as an event of the timeline, and nothing goes on after its death or while it is
/// frozen. So real asynchronous code dies at any of its awaits, as a process does.
/// </summary>
internal sealed class ProcessLife(Timeline timeline, Action<Exception> onFault) : SynchronizationContext
{
    private TimeSpan _frozenUntil;
    private TaskScheduler? _scheduler;

    /// <summary>Whether the process is dead.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether it is stopped for a while.</summary>
    public bool IsFrozen => timeline.Elapsed < _frozenUntil;

    /// <summary>Runs tasks in the process.</summary>
    public TaskScheduler Scheduler => _scheduler ??= CreateScheduler();

    /// <summary>Kills it.</summary>
    public void End() => IsOver = true;

    /// <summary>Stops it for a while: what would happen meanwhile happens afterwards, in its order.</summary>
    public void Freeze(TimeSpan duration) => _frozenUntil = timeline.Elapsed + duration;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => timeline.Soon(() => Run(() => d(state)));

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits for another context here.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs something in the process; nothing when it is dead.</summary>
    public void Run(Action action)
    {
        if (IsOver)
        {
            return;
        }

        if (IsFrozen)
        {
            timeline.After(_frozenUntil - timeline.Elapsed, () => Run(action));
            return;
        }

        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Starts asynchronous work in the process; a fault that it does not handle ends the run.</summary>
    public void Start(Func<Task> work) => Run(() => _ = ObserveAsync(work));

    private TaskScheduler CreateScheduler()
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            return TaskScheduler.FromCurrentSynchronizationContext();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private async Task ObserveAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            onFault(e);
        }
    }
}
