namespace AllData.Membership;

/// <summary>Work that goes on from a silo's start to its stop.</summary>
internal sealed class SiloLoop
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins it.</summary>
    /// <param name="work">The work; it ends when it is cancelled.</param>
    public Task StartAsync(Func<CancellationToken, Task> work)
    {
        _running = Task.Run(() => work(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Ends it, and waits for its end.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
