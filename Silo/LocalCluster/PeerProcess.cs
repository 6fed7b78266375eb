using System.Collections.Immutable;
using System.Diagnostics;

namespace AllData.Silo.LocalCluster;

/// <summary>
/// A running peer. It holds the read end of a pipe whose write end is here: when this process ends, however it ends, the pipe ends and the
/// peer stops. A stop works the same way.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;
    private readonly PeerLog _log;
    private readonly Task _pumps;

    private PeerProcess(LocalClusterPeer peer, Process process, PeerLog log)
    {
        Peer = peer;
        _process = process;
        _log = log;
        Pid = process.Id;
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput, log.Output), PumpAsync(process.StandardError, log.Error));
        Exited = WaitAsync();
    }

    /// <summary>The peer that it runs.</summary>
    public LocalClusterPeer Peer { get; }

    public int Pid { get; }

    /// <summary>Ends with its exit code when it ends; 128 + n when signal n ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a peer.</summary>
    /// <param name="program">What it runs.</param>
    /// <param name="peer">The peer that it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables in addition to those of this process.</param>
    /// <param name="log">Takes what it prints; disposed of with it.</param>
    public static PeerProcess Start(
        ChildProgram program, LocalClusterPeer peer, ImmutableArray<string> arguments, IReadOnlyDictionary<string, string> environment, PeerLog log)
    {
        var start = new ProcessStartInfo(program.FileName, [.. program.LeadingArguments, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new PeerProcess(peer, Process.Start(start)!, log);
    }

    /// <summary>Asks it to stop, and ends it if it has not stopped after a while.</summary>
    /// <returns>False when it had to be ended.</returns>
    public async Task<bool> StopAsync(TimeSpan bound, TimeProvider time)
    {
        _process.StandardInput.Close();
        try
        {
            await Exited.WaitAsync(bound, time);
            return true;
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await Exited;
            return false;
        }
    }

    public void Dispose()
    {
        _process.Dispose();
        _log.Dispose();
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            take(line);
        }
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();

        // Its last output first, but with a bound: a process that it started may still hold the pipe.
        await Task.WhenAny(_pumps, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        return _process.ExitCode;
    }
}
