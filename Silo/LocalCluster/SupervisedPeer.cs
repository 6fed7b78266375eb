using AllData.Silo.Hosting;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// One peer of a local cluster, started again when it ends so that it can be. A silo that the others have declared dead, for example on a machine too busy
/// to answer probes while it starts, ends on purpose and recovers with a restart. A peer that was killed, or that could not start and said why, is
/// not started again: the first was intended, and the user must act on the second.
/// </summary>
internal sealed class SupervisedPeer : IDisposable
{
    /// <summary>128 + SIGABRT: the runtime aborted the process.</summary>
    public const int AbortedCode = 134;

    private readonly Func<PeerProcess> _start;
    private readonly LocalClusterOutput _output;
    private readonly RestartBudget _budget;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private PeerProcess _process;

    public SupervisedPeer(LocalClusterPeer peer, Func<PeerProcess> start, LocalClusterOutput output, TimeProvider time)
    {
        Peer = peer;
        _start = start;
        _output = output;
        _budget = new RestartBudget(time);
        _time = time;
        _process = start();
        Ended = RunAsync();
    }

    /// <summary>The peer that it runs.</summary>
    public LocalClusterPeer Peer { get; }

    /// <summary>The present process id.</summary>
    public int Pid => _process.Pid;

    /// <summary>Ends with the exit code of its last process, when it is not started again.</summary>
    public Task<int> Ended { get; }

    /// <summary>Asks it to stop, and ends it if it has not stopped after a while; it is not restarted.</summary>
    /// <returns>False when it had to be ended.</returns>
    public Task<bool> StopAsync(TimeSpan bound)
    {
        lock (_lock)
        {
            _stopping.Cancel();
        }

        return _process.StopAsync(bound, _time);
    }

    public void Dispose()
    {
        _process.Dispose();
        _stopping.Dispose();
    }

    private async Task<int> RunAsync()
    {
        while (true)
        {
            var code = await _process.Exited;
            if (code is not (FatalEnd.ExitCode or AbortedCode) || _stopping.IsCancellationRequested || !await PauseAsync(code) || !TryStartAgain())
            {
                return code;
            }
        }
    }

    private async Task<bool> PauseAsync(int code)
    {
        if (_budget.Take() is not var (pause, number))
        {
            _output.Alarm($"{Peer.Id} was started again {RestartBudget.MaxRestarts} times within {RestartBudget.Window.TotalMinutes} min and is left "
                + "alone now.");
            return false;
        }

        _output.Alarm(
            $"{Peer.Id} (pid {Pid}) "
            + (code == AbortedCode ? "was aborted" : "has ended: the others had declared it dead, most likely because the machine is busy")
            + $" (exit code {code}). It is started again in {pause.TotalSeconds} s ({number} of at most {RestartBudget.MaxRestarts} times within "
            + $"{RestartBudget.Window.TotalMinutes} min). Its log: {Peer.LogFile}");
        await Task.Delay(pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
    }

    private bool TryStartAgain()
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                return false;
            }

            _process.Dispose();
            _process = _start();
        }

        _output.Line($"{Peer.Id} runs again (pid {Pid}).");
        return true;
    }
}
