using System.Collections.Immutable;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;
using Spectre.Console;

namespace AllData.Tests.Unit.Silo;

/// <summary>The runner with shell scripts for peers.</summary>
public sealed class LocalClusterRunnerTests : IDisposable
{
    /// <summary>Stops at the end of its input, as a peer does.</summary>
    private const string Obedient = "echo \"$$\" > \"$4/$2/pid\"; exec cat";

    private static readonly string[] Names = ["north-a", "north-b"];

    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _printed = new();
    private readonly TextWriter _writer;
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeProbe _probe = new();

    public LocalClusterRunnerTests() => _writer = TextWriter.Synchronized(_printed);

    public void Dispose()
    {
        _stop.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task All_peers_are_shown_when_they_are_ready_and_stopped_on_demand_with_exit_code_0()
    {
        var run = Runner(Obedient).RunAsync(_stop.Token);
        await Prints("Ctrl+C stops all of them.");
        var pids = Pids();
        Assert.All(pids, pid => Assert.True(Signals.IsAlive(pid)));

        await _stop.CancelAsync();

        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.All(pids, pid => Assert.False(Signals.IsAlive(pid)));
        var lines = Printed();
        Assert.Contains("cluster ready", lines);
        Assert.Contains(lines, line => line.StartsWith($"north-b\t{pids[1]}\tnorth\tb\thttp://127.0.0.1:"));
        Assert.Contains(lines, line => line.Contains("local-peer north-b --data"));
        Assert.DoesNotContain(lines, line => line.Contains("ended with exit code"));
    }

    [Fact]
    public async Task A_peer_that_dies_is_reported_with_its_exit_code_and_its_command_and_the_others_go_on()
    {
        var run = Runner(Obedient).RunAsync(_stop.Token);
        await Prints("Ctrl+C stops all of them.");
        var pids = Pids();

        Signals.Send(pids[1], Signals.Kill);
        await Prints($"north-b (pid {pids[1]}) ended with exit code 137; the others go on.");
        var alive = Signals.IsAlive(pids[0]);
        await _stop.CancelAsync();

        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(alive);
        var report = Printed().FindIndex(line => line.Contains("exit code 137"));
        Assert.Contains("local-peer north-b", Printed()[report + 1]);
    }

    [Fact]
    public async Task A_peer_that_was_declared_dead_is_started_again_with_a_word_and_the_cluster_starts()
    {
        // The first time it ends before it is ready.
        var script = "if [ $2 = north-b ] && [ ! -e \"$4/$2/aborted\" ]; then touch \"$4/$2/aborted\"; exit 75; fi; " + Obedient;
        var run = Runner(script).RunAsync(_stop.Token);
        await Prints("Ctrl+C stops all of them.");
        var pid = Pids()[1];

        // And again when it runs.
        Signals.Send(pid, Signals.Abort);
        await Prints($"north-b (pid {pid}) was aborted (exit code 134)");
        var again = await Eventually.IsAsync("it runs again", () => Pids()[1], other => other != pid);
        Assert.True(Signals.IsAlive(again));
        await _stop.CancelAsync();

        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(Signals.IsAlive(again));
        var lines = Printed();
        Assert.Contains("cluster ready", lines);
        Assert.Contains(lines, line => line.Contains("has ended: the others had declared it dead, most likely because the machine is busy (exit code 75)"));
        Assert.Contains(lines, line => line.Contains("started again in 1 s (1 of at most 5 times within 10 min)"));
        Assert.Contains(lines, line => line.Contains("started again in 2 s (2 of at most 5"));
        Assert.DoesNotContain(lines, line => line.Contains("the others go on"));
    }

    [Fact]
    public async Task A_secret_is_in_no_argument_of_a_peer_and_never_printed_and_the_peer_has_it_in_its_environment()
    {
        const string Script = "echo \"$@\" > \"$4/$2/arguments\"; echo \"$AllData__Storage__ConnectionString\" > \"$4/$2/secret\"; " + Obedient;
        var run = Runner(Script, settings: ["--AllData:Storage:ConnectionString=Host=db;Password=hunter2"]).RunAsync(_stop.Token);
        await Prints("Ctrl+C stops all of them.");
        Signals.Send(Pids()[1], Signals.Kill);
        await Prints("ended with exit code 137");
        await _stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("Host=db;Password=hunter2", File.ReadAllText(Path.Combine(_directory.Path, "north-b", "secret")).Trim());
        Assert.DoesNotContain("hunter2", File.ReadAllText(Path.Combine(_directory.Path, "north-b", "arguments")));
        Assert.DoesNotContain(Printed(), line => line.Contains("hunter2"));
        Assert.Contains(Printed(), line => line.StartsWith("To start a peer again alone, with AllData__Storage__ConnectionString set in the environment"));
    }

    [Fact]
    public void A_log_that_grows_large_while_its_peer_runs_is_set_aside_and_one_former_log_is_kept()
    {
        var peer = LocalClusterLayout.Create(_directory.Path, 8081, 1).Peers[0];
        using (var log = new PeerLog(peer, _ => { }, TimeProvider.System, largest: 1_000))
        {
            for (var i = 0; i < 1_000; i++)
            {
                log.Output($"line {i}");
            }
        }

        Assert.InRange(new FileInfo(peer.LogFile).Length, 0, 1_100);
        Assert.InRange(new FileInfo(peer.LogFile + ".1").Length, 1_000, 1_100);
        Assert.Contains("line 999", File.ReadAllText(peer.LogFile) + File.ReadAllText(peer.LogFile + ".1"));
        Assert.Equal(2, Directory.GetFiles(peer.DataDirectory).Length);
    }

    [Fact]
    public async Task What_a_peer_prints_cannot_act_on_the_terminal_of_who_watches()
    {
        var run = Runner("printf '\\033[2Jgone\\n' >&2; " + Obedient).RunAsync(_stop.Token);
        await Prints("north-a: \\u001b[2Jgone");
        await _stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(Printed(), line => line.Contains('\u001b'));
    }

    [Fact]
    public async Task A_peer_that_ends_before_it_is_ready_fails_the_start_and_no_process_stays()
    {
        _probe.Answer = peer => peer.Id.Value == "north-b" ? "not yet" : null;

        var code = await Runner("case $2 in north-b) echo 'no disk' >&2; exit 3;; *) " + Obedient + ";; esac")
            .RunAsync(_stop.Token).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, code);
        Assert.Contains(Printed(), line => line.StartsWith("north-b ended with exit code 3 before it was ready."));
        Assert.Contains("north-b: no disk", Printed());
        Assert.All(Pids(), pid => Assert.False(Signals.IsAlive(pid)));
    }

    [Fact]
    public async Task Peers_that_are_not_ready_in_time_fail_the_start_and_say_what_they_wait_for()
    {
        _probe.Answer = peer => peer.Id.Value == "north-b" ? "The registry is away." : null;

        var code = await Runner(Obedient, startBound: TimeSpan.FromMilliseconds(500))
            .RunAsync(_stop.Token).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, code);
        Assert.Contains(Printed(), line => line.StartsWith("north-b was not ready: The registry is away."));
        Assert.All(Pids(), pid => Assert.False(Signals.IsAlive(pid)));
    }

    [Fact]
    public async Task A_peer_that_does_not_stop_is_ended_after_a_while()
    {
        var run = Runner("echo \"$$\" > \"$4/$2/pid\"; trap '' TERM INT; exec sleep 600", stopBound: TimeSpan.FromMilliseconds(200))
            .RunAsync(_stop.Token);
        await Prints("Ctrl+C stops all of them.");
        await Eventually.IsAsync("both have written their pid", () => Pids().Count, count => count == 2);
        var pids = Pids();

        await _stop.CancelAsync();

        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.All(pids, pid => Assert.False(Signals.IsAlive(pid)));
        Assert.Equal(2, Printed().Count(line => line.Contains("did not stop within 0.2 s and was ended")));
    }

    [Fact]
    public async Task A_stop_during_the_start_ends_with_0_and_leaves_nothing()
    {
        _probe.Answer = _ => "not yet";
        var run = Runner(Obedient).RunAsync(_stop.Token);
        await Eventually.IsAsync("both have started", () => Pids().Count, count => count == 2);

        await _stop.CancelAsync();

        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.All(Pids(), pid => Assert.False(Signals.IsAlive(pid)));
        Assert.DoesNotContain("cluster ready", Printed());
    }

    [Fact]
    public async Task Logs_go_to_files_and_only_warnings_and_errors_are_echoed_and_not_too_many()
    {
        const string Chatter = """
            echo '2026-01-02T03:04:05.006Z info: A[0] quiet'; i=0;
            while [ $i -lt 100 ]; do echo "2026-01-02T03:04:05.006Z warn: AllData.A[0] loud $i"; i=$((i+1)); done; exec cat
            """;
        var run = Runner(Chatter).RunAsync(_stop.Token);
        await Prints("north-a: more in ");
        var log = Path.Combine(_directory.Path, "north-a", "silo.log");
        await Eventually.IsAsync("the whole log is written", () => File.ReadAllLines(log).Length, count => count == 101);

        await _stop.CancelAsync();
        await run.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(PeerLog.EchoLimit, Printed().Count(line => line.StartsWith("north-a: 2026") && line.Contains("loud")));
        Assert.DoesNotContain(Printed(), line => line.Contains("quiet"));
    }

    [Fact]
    public async Task Nothing_is_started_when_a_port_is_in_use()
    {
        var layout = LocalClusterLayout.Create(_directory.Path, FreePorts.ForLocalCluster(2), 2);
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, layout.Peers[1].GatewayPort);
        listener.Start();

        var code = await Runner(Obedient, layout: layout).RunAsync(_stop.Token);

        Assert.Equal(1, code);
        Assert.Contains(
            $"Port {layout.Peers[1].GatewayPort} (gateway of north-b) cannot be used: another process listens on it.", Printed());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    private LocalClusterRunner Runner(
        string script, TimeSpan? startBound = null, TimeSpan? stopBound = null, LocalClusterLayout? layout = null, params ImmutableArray<string> settings)
    {
        layout ??= LocalClusterLayout.Create(_directory.Path, FreePorts.ForLocalCluster(2), 2);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_writer) });
        return new LocalClusterRunner(
            layout, new PeerCommandLine(layout, settings.IsDefault ? [] : settings), new ChildProgram("/bin/sh", ["-c", script, "stub"]), _probe,
            new LocalClusterOutput(console, isPlain: true), TimeProvider.System)
        {
            StartBound = startBound ?? TimeSpan.FromSeconds(30),
            StopBound = stopBound ?? TimeSpan.FromSeconds(10),
        };
    }

    private List<string> Printed()
    {
        // What the writer itself locks.
        lock (_writer)
        {
            return [.. _printed.ToString().Split(Environment.NewLine)];
        }
    }

    private Task<List<string>> Prints(string part) =>
        Eventually.IsAsync($"'{part}' is printed", Printed, lines => lines.Any(line => line.Contains(part)));

    private List<int> Pids() => [.. Names
        .Select(name => Path.Combine(_directory.Path, name, "pid")).Where(File.Exists)
        .Select(file => File.ReadAllText(file).Trim()).Where(text => text.Length > 0).Select(int.Parse)];

    private sealed class FakeProbe : IReadinessProbe
    {
        public Func<LocalClusterPeer, string?> Answer { get; set; } = peer =>
            new FileInfo(Path.Combine(peer.DataDirectory, "pid")) is { Exists: true, Length: > 0 } ? null : "It has not started.";

        public Task<string?> AskAsync(LocalClusterPeer peer, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            return Task.FromResult(Answer(peer));
        }
    }
}
