using System.Globalization;
using System.Net;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Replication;
using AllData.Security;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>The program itself: what stays of its processes when they are ended in one way or another.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class LocalClusterProgramTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int _basePort = FreePorts.ForProcesses(2);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Terminate_stops_all_peers_and_the_exit_code_is_0()
    {
        await using var program = Start("local-cluster");
        var pids = await PidsAsync(program);

        Signals.Send(program.Pid, Signals.Terminate);

        Assert.Equal(0, await program.EndsAsync());
        Assert.All(pids, pid => Assert.False(Signals.IsAlive(pid)));
    }

    [Fact]
    public async Task No_peer_outlives_a_parent_that_was_killed_not_even_one_that_was_paused()
    {
        await using var program = Start("local-cluster");
        var pids = await PidsAsync(program);

        Signals.Send(pids[1], Signals.Stop);
        Signals.Send(program.Pid, Signals.Kill);

        await Eventually.IsAsync("the running peer stops", () => Signals.IsAlive(pids[0]), alive => !alive);
        Signals.Send(pids[1], Signals.Continue);
        await Eventually.IsAsync("the paused peer stops when it continues", () => Signals.IsAlive(pids[1]), alive => !alive);
    }

    // The input of these programs is closed: as if the parent had died a moment after it started the peer.
    [Fact]
    public async Task A_peer_whose_parent_is_gone_before_it_has_started_ends_by_itself_and_one_that_does_not_watch_it_goes_on()
    {
        await using (var orphan = SiloProgram.Start(Peer("--stop-at-end-of-input")))
        {
            Assert.Equal(0, await orphan.EndsAsync());
            Assert.NotNull(await orphan.PrintsAsync("Standard input has ended"));
        }

        await using var alone = SiloProgram.Start(Peer());
        await alone.PrintsAsync("Peer north-a takes events at");
        Signals.Send(alone.Pid, Signals.Terminate);
        Assert.Equal(0, await alone.EndsAsync());
    }

    [Fact]
    public async Task A_killed_peer_is_started_again_alone_by_the_command_that_was_printed_and_does_not_depend_on_its_input()
    {
        await using var program = Start("local-cluster");
        var pids = await PidsAsync(program);
        Signals.Send(pids[1], Signals.Kill);
        await program.PrintsAsync($"north-b (pid {pids[1]}) ended with exit code 137");
        var command = (await program.PrintsAsync(" local-peer north-b "))!;

        await using var again = SiloProgram.Start(command[command.IndexOf("local-peer", StringComparison.Ordinal)..].Split(' '));
        await again.PrintsAsync("Peer north-b takes events at");
        using var http = new HttpClient();
        var ready = await Eventually.IsAsync(
            "north-b is ready again",
            async () => (await http.GetAsync(new Uri($"http://127.0.0.1:{_basePort + 1}/health/ready"))).StatusCode,
            status => status == HttpStatusCode.OK);
        Signals.Send(again.Pid, Signals.Terminate);

        Assert.Equal(0, await again.EndsAsync());
        Assert.True(Signals.IsAlive(pids[0]));
        Signals.Send(program.Pid, Signals.Terminate);
        Assert.Equal(0, await program.EndsAsync());
    }

    [Fact]
    public async Task A_secure_cluster_makes_its_certificates_and_takes_events_of_its_admin_alone()
    {
        await using (var program = Start("local-cluster", "--secure"))
        {
            await PidsAsync(program);
            var command = (await program.PrintsAsync(" context add secure-"))!;
            Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(certificate: null));
            Assert.Equal(HttpStatusCode.Created, await PostAsync("admin"));
            Assert.Null(await PostAsync("north-a"));

            await using var connection = await new OrleansConnector(TimeProvider.System).ConnectAsync(AddressIn(command), default);
            var result = await connection.Grains.GetPutCoordinator().Put(EventPayload.FromText("2"), new PutOptions { Level = CommitLevel.All });
            Assert.Equal(2, result.Replicas.Length);
            Signals.Send(program.Pid, Signals.Terminate);
            Assert.Equal(0, await program.EndsAsync());
        }

        await using var again = Start("local-cluster", "--secure");
        await PidsAsync(again);
        Assert.Equal(HttpStatusCode.Created, await PostAsync("admin"));
        Signals.Send(again.Pid, Signals.Terminate);
        Assert.Equal(0, await again.EndsAsync());
    }

    /// <returns>Null where the connection was refused.</returns>
    private async Task<HttpStatusCode?> PostAsync(string? certificate)
    {
        using var client = CertifiedHttp.Create(Path.Combine(_directory.Path, "certs"), certificate);
        try
        {
            return (await client.PostAsync(new Uri($"https://127.0.0.1:{_basePort}"), new StringContent("1"))).StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    // The options of the printed command, as the client reads them.
    private static ClusterAddress AddressIn(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var options = words.Zip(words.Skip(1)).Where(static pair => pair.First.StartsWith("--", StringComparison.Ordinal)).ToLookup(
            static pair => pair.First, static pair => pair.Second);
        var gateways = options["--gateway"].Select(
            static gateway => new GatewayAddress("127.0.0.1", int.Parse(gateway.Split(':')[1], CultureInfo.InvariantCulture)));
        return new ClusterAddress([.. gateways], "alldata", "alldata", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30))
        {
            Tls = new AllDataTlsOptions
            {
                CertificateFile = options["--cert"].Single(),
                KeyFile = options["--cert-key"].Single(),
                SiloCaFile = options["--ca"].Single(),
            },
        };
    }

    [Fact]
    public async Task A_silo_alone_takes_an_event_gives_it_back_and_stops_with_0()
    {
        await using var program = SiloProgram.Start(Alone());
        await program.PrintsAsync("Peer local takes events at");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_basePort}") };
        await Eventually.IsAsync(
            "the silo is ready", async () => (await http.GetAsync("/health/ready")).StatusCode, status => status == HttpStatusCode.OK);

        var response = await http.PostAsync("/", new StringContent("""{"foo":"bar"}"""));
        var read = await http.GetStringAsync(response.Headers.Location);
        Signals.Send(program.Pid, Signals.Terminate);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("""{"foo":"bar"}""", read);
        Assert.Equal(0, await program.EndsAsync());
    }

    [Fact]
    public async Task A_silo_whose_port_is_in_use_says_which_and_ends_with_1()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, _basePort);
        listener.Start();

        await using var program = SiloProgram.Start(Alone());

        Assert.Equal(1, await program.EndsAsync());
        Assert.Contains($"Port {_basePort} (HTTP, AllData:Http:Port) cannot be used: another process listens on it.", program.Lines);
    }

    [Fact]
    public async Task A_setting_that_cannot_work_is_said_in_a_sentence_and_ends_with_1()
    {
        await using var program = SiloProgram.Start("--AllData:Http:Port=70000", $"--AllData:DataDirectory={_directory.Path}");

        Assert.Equal(1, await program.EndsAsync());
        Assert.Contains("AllData:Http:Port is 70000; a port is 0 (any free one) to 65535.", program.Lines);
    }

    private SiloProgram Start(string command, params string[] options) => SiloProgram.Start(
        [command, .. options, "--data", _directory.Path, "--base-port", _basePort.ToString(CultureInfo.InvariantCulture), "--peers", "2"]);

    private string[] Peer(params string[] options) =>
    [
        "local-peer", "north-a", .. options, "--data", _directory.Path, "--base-port", _basePort.ToString(CultureInfo.InvariantCulture), "--peers", "1",
    ];

    private string[] Alone() =>
    [
        $"--AllData:Http:Port={_basePort}", $"--AllData:Silo:SiloPort={_basePort + 100}", $"--AllData:Silo:GatewayPort={_basePort + 200}",
        $"--AllData:DataDirectory={_directory.Path}",
    ];

    private static async Task<List<int>> PidsAsync(SiloProgram program)
    {
        await program.PrintsAsync("Ctrl+C stops all of them.");
        return [.. program.Lines.Select(line => line.Split('\t')).Where(cells => cells.Length == 6)
            .Select(cells => int.Parse(cells[1], CultureInfo.InvariantCulture))];
    }
}
