using System.Collections.Concurrent;
using System.Diagnostics;
using AllData.Silo.LocalCluster;

namespace AllData.Tests.Support;

/// <summary>
/// One silo as a process of its own. It is killed, paused and stopped as an operator or a fault would do it, and ends with the process that
/// runs the tests.
/// </summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private const int LinesShown = 40;
    private const int LinesKept = 20_000;

    // A stop is bounded by the silo itself; this only has to be longer.
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(60);

    private readonly LocalClusterLayout _layout;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private SiloProcess(LocalClusterLayout layout, LocalClusterPeer peer, Process process)
    {
        _layout = layout;
        Peer = peer;
        _process = process;
        Pid = process.Id;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The silo program, as it lies beside the tests.</summary>
    public static ChildProgram SiloProgram { get; } = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "AllData.Silo.dll")]);

    /// <summary>The peer that it runs.</summary>
    public LocalClusterPeer Peer { get; }

    /// <summary>Its process id.</summary>
    public int Pid { get; }

    /// <summary>Whether the process has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it has printed, the last lines of it.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Starts a peer of a local cluster.</summary>
    /// <param name="layout">The cluster.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="settings">Settings of the form <c>--Section:Name=value</c>.</param>
    public static SiloProcess Start(LocalClusterLayout layout, LocalClusterPeer peer, params IEnumerable<string> settings) =>
        Start(SiloProgram, layout, peer, settings);

    /// <summary>Starts a peer of a local cluster by another program, which takes the silo program's arguments.</summary>
    public static SiloProcess Start(ChildProgram program, LocalClusterLayout layout, LocalClusterPeer peer, IEnumerable<string> settings)
    {
        var commands = new PeerCommandLine(layout, [.. settings]);
        var start = new ProcessStartInfo(program.FileName, [.. program.LeadingArguments, .. commands.ForChild(peer)])
        {
            // Held open, not closed: the silo stops when it ends, so a test run that is killed leaves none behind.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in commands.EnvironmentForChild)
        {
            start.Environment[name] = value;
        }

        return new SiloProcess(layout, peer, Process.Start(start)!);
    }

    /// <summary>Waits until it takes puts.</summary>
    public async Task ReadyAsync(TimeSpan bound)
    {
        using var probe = HttpReadinessProbe.Of(_layout);
        var last = "not asked yet";
        try
        {
            await Eventually.IsAsync(
                $"{Peer.Id} gets ready",
                async () => HasEnded || (last = await probe.AskAsync(Peer, CancellationToken.None)) is null,
                done => done,
                bound);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It says: {last}\n{Tail()}", e);
        }

        if (HasEnded)
        {
            throw new InvalidOperationException($"{Peer.Id} ended with exit code {_process.ExitCode} before it was ready:\n{Tail()}");
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill() => Signals.Send(Pid, Signals.Kill);

    /// <summary>Stops it in the middle of whatever it does, as a machine that hangs does.</summary>
    public void Pause() => Signals.Send(Pid, Signals.Stop);

    /// <summary>Lets it go on.</summary>
    public void Continue() => Signals.Send(Pid, Signals.Continue);

    /// <summary>Asks it to stop and waits.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync()
    {
        Signals.Send(Pid, Signals.Terminate);
        return EndsAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code; 128 + n when signal n ended it.</returns>
    public async Task<int> EndsAsync()
    {
        using var bound = new CancellationTokenSource(EndBound);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Peer.Id} (process {Pid}) did not end within {EndBound}:\n{Tail()}");
        }

        return _process.ExitCode;
    }

    /// <summary>The last lines that it has printed.</summary>
    public string Tail() => $"-- {Peer.Id}, process {Pid}:\n{string.Join('\n', _lines.TakeLast(LinesShown))}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
        {
            _process.Kill();
            await EndsAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        if (_lines.Count > LinesKept)
        {
            _lines.TryDequeue(out _);
        }
    }
}
