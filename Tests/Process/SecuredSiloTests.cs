using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AllData.Client.Connection;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;
using AllData.Security;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;
using Orleans.Runtime;

namespace AllData.Tests.Processes;

/// <summary>Real silos with certificates: which callers each port lets in. Real TLS on loopback connections.</summary>
[Collection(ProcessTests.Name)]
public sealed class SecuredSiloTests : IDisposable
{
    private const string SiloName = "a.silo.alldata";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly TestCertificates _silos = new("silos");
    private readonly TestCertificates _clients = new("clients");
    private readonly TestCertificates _others = new("others");
    private readonly TemporaryDirectory _data = new();
    private readonly int _basePort = FreePorts.ForLocalCluster(2);
    private readonly string _principals;

    public SecuredSiloTests()
    {
        _principals = Path.Combine(_data.Path, "principals.json");
        File.WriteAllBytes(_principals, new PrincipalsDocument(
        [
            new Principal("caller-client", StoreRoles.Reader, [], []), new Principal("app", StoreRoles.Writer, [], []),
            new Principal("ops", StoreRoles.Operator, [], []),
            new Principal("small", StoreRoles.Writer, [], []) { Quota = new PrincipalQuota(BytesPerDay: 1) },
        ]).Write());
    }

    public void Dispose()
    {
        _silos.Dispose();
        _clients.Dispose();
        _others.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task Each_port_lets_in_those_that_it_is_for_and_no_other()
    {
        await using var silo = await StartAsync("a", 0);

        await LetsInAsync("silo", _basePort + 100);
        await LetsInAsync("client", _basePort + 200);
        await LetsInOverHttpAsync("client");

        Assert.DoesNotContain(silo.Lines, static line => line.Contains("Unhandled", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await HttpAsync(_basePort, "/health/live", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await HttpAsync(_basePort, "/events", null));
    }

    [Fact]
    public async Task Silos_replicate_over_TLS_clients_put_and_certificates_are_renewed_meanwhile()
    {
        await using var first = await StartAsync("a", 0, "--AllData:Replication:Factor=2", "--AllData:Replication:AllowUnderReplicated=true");
        await using var second = await StartAsync("b", 1, "--AllData:Replication:Factor=2", "--AllData:Replication:AllowUnderReplicated=true");
        var address = AddressWith(_clients.Issue("app"));
        await using var connection = await new OrleansConnector(TimeProvider.System).ConnectAsync(address, default);
        await PutAtBothAsync(connection);

        var before = await SerialAsync();
        _silos.Issue("a", host: SiloName);
        _silos.Issue("b", host: "b.silo.alldata");
        _clients.Issue("app");
        await Eventually.IsAsync("the renewed certificate is shown", SerialAsync, serial => serial != before);
        await PutAtBothAsync(connection);

        await using var later = await new OrleansConnector(TimeProvider.System).ConnectAsync(address, default);
        await PutAtBothAsync(later);
    }

    [Fact]
    public async Task At_the_gateway_a_client_may_do_what_its_roles_allow_and_nothing_that_is_for_silos()
    {
        await using var silo = await StartAsync("a", 0);
        await using var writer = await ConnectAsync("app");
        var key = (await writer.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"))).Key;
        await RefusedAsync("'app' may not do this: Get is for the role reader", () => writer.Grains.GetEventReader().Get(key));
        await RefusedAsync("'app' may not do this: Scan is for the role reader", () => ScanAsync(writer));
        await RefusedAsync("for the role operator", () => writer.Grains.GetPeerRegistry().Drain(PeerId.Parse("a")));
        await RefusedAsync("Ping is for silos only", () => writer.Grains.GetReplica(PeerId.Parse("a")).Ping());
        await RefusedAsync("is for silos only", () => writer.Grains.GetGrain<IManagementGrain>(0).GetHosts());

        await using var reader = await ConnectAsync("caller-client");
        Assert.Single((await reader.Grains.GetEventReader().Get(key)).Events);
        await ScanAsync(reader);
        Assert.Single((await reader.Grains.GetPeerRegistry().GetTopology()).Peers);
        await RefusedAsync(
            "'caller-client' may not do this: Put is for the role writer", () => reader.Grains.GetPutCoordinator().Put(EventPayload.FromText("2")));

        await using var small = await ConnectAsync("small");
        await small.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"));
        var overdrawn = await Assert.ThrowsAsync<OverloadedException>(() => small.Grains.GetPutCoordinator().Put(EventPayload.FromText("2")));
        Assert.Contains("'small' has used up its quota", overdrawn.Message, StringComparison.Ordinal);

        await using var operators = await ConnectAsync("ops");
        await operators.Grains.GetPeerRegistry().Drain(PeerId.Parse("a"));
        await operators.Grains.GetPeerRegistry().Undrain(PeerId.Parse("a"));
        var audited = (await ReadAuditAsync("a")).Select(static line => $"{line["principal"]} {line["action"]} {line["target"]} {line["result"]}").ToList();
        Assert.Equal(["ops Drain a done", "ops Undrain a done"], audited[^2..]);
        Assert.Contains("app Drain a refused", audited);
        Assert.Contains(" start a done", audited);

        await using var stranger = await ConnectAsync("of-no-line");
        await RefusedAsync("'of-no-line'", () => stranger.Grains.GetEventReader().Get(key));
    }

    private async Task<List<JsonNode>> ReadAuditAsync(string silo)
    {
        await using var file = new FileStream(
            Path.Combine(_data.Path, silo, "audit.ndjson"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];
    }

    private static async Task RefusedAsync(string sentence, Func<Task> call) =>
        Assert.Contains(sentence, (await Assert.ThrowsAsync<CallerRefusedException>(call)).Message, StringComparison.Ordinal);

    private static async Task ScanAsync(IClusterConnection connection) =>
        Assert.Single(await connection.Grains.CreateEventReader().Scan(new ScanRange()).ToListAsync());

    private Task<IClusterConnection> ConnectAsync(string client)
    {
        var shown = _clients.Issue(client);
        return new OrleansConnector(TimeProvider.System).ConnectAsync(AddressWith(shown), default);
    }

    private ClusterAddress AddressWith((string Certificate, string Key, string Thumbprint) shown) => new(
        [new GatewayAddress("127.0.0.1", _basePort + 200), new GatewayAddress("127.0.0.1", _basePort + 201)], "alldata", "alldata", Bound, Bound)
    {
        Tls = new AllDataTlsOptions { CertificateFile = shown.Certificate, KeyFile = shown.Key, SiloCaFile = _silos.AuthorityFile },
    };

    private static Task PutAtBothAsync(IClusterConnection connection) => Eventually.Succeeds(
        "an event is stored by both silos", TimeSpan.FromSeconds(60),
        async () => Assert.Equal(2, (await connection.Grains.GetPutCoordinator().Put(
            EventPayload.FromText("1"), new PutOptions { Level = CommitLevel.All })).Replicas.Length));

    private async Task<string> SerialAsync()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _basePort);
        await using var stream = new SslStream(socket.GetStream(), false, static (_, shown, _, _) => shown is not null);
        await stream.AuthenticateAsClientAsync("localhost");
        return stream.RemoteCertificate!.GetSerialNumberString();
    }

    // The ports of Orleans wait for a caller to speak first, for a while. So the one that is let in is still open when those that came after it have ended.
    private Task LetsInAsync(string kind, int port) => Eventually.Succeeds($"port {port} lets in the {kind} and no other", Bound, async () =>
    {
        using var bound = new CancellationTokenSource(Bound);
        using var ended = new CancellationTokenSource();
        var callers = Callers().ToList();
        var letIn = IsOpenAsync(port, callers.Single(c => c.Kind == kind).Certificate, bound.Token, ended.Token);
        var others = callers.Where(c => c.Kind != kind).Select(c => IsOpenAsync(port, c.Certificate, bound.Token, CancellationToken.None));
        Assert.All(await Task.WhenAll(others), Assert.False);
        Assert.False(letIn.IsCompleted);
        await ended.CancelAsync();
        Assert.True(await letIn);
        Assert.False(await SpeaksPlainAsync(port));
    });

    private async Task LetsInOverHttpAsync(string kind)
    {
        foreach (var caller in Callers())
        {
            Assert.True((caller.Kind == kind) == await ProbeHttpAsync(_basePort, caller.Certificate), caller.Kind);
        }

        Assert.False(await SpeaksPlainAsync(_basePort));
    }

    private IEnumerable<(string Kind, X509Certificate2? Certificate)> Callers() =>
    [
        ("nothing", null),
        ("silo", Load(_silos.Issue("caller-silo", host: "c.silo.alldata"))),
        ("silo of another cluster", Load(_silos.Issue("other-cluster", host: "c.silo.other"))),
        ("client", Load(_clients.Issue("caller-client"))),
        ("stranger", Load(_others.Issue("stranger", host: SiloName))),
        ("self-signed", Load(_clients.Issue("self", host: SiloName, isSelfSigned: true))),
        ("expired silo", Load(_silos.Issue("expired-silo", from: -5, to: -2, host: SiloName))),
        ("expired client", Load(_clients.Issue("expired-client", from: -5, to: -2))),
        ("server only", Load(_clients.Issue("server-only", uses: TestCertificates.ServerOnly))),
        ("silo that may serve only", Load(_silos.Issue("silo-serves", host: SiloName, uses: TestCertificates.ServerOnly))),
    ];

    private static X509Certificate2 Load((string Certificate, string Key, string Thumbprint) files) =>
        X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    private static async Task<bool> IsOpenAsync(int port, X509Certificate2? certificate, CancellationToken bound, CancellationToken isEnough)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, bound);
        try
        {
            await using var stream = new SslStream(socket.GetStream());
            await stream.AuthenticateAsClientAsync(OptionsOf(certificate), bound);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(bound, isEnough);
            return await stream.ReadAsync(new byte[1], either.Token) > 0;
        }
        catch (OperationCanceledException) when (isEnough.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
        {
            return false;
        }
    }

    private static SslClientAuthenticationOptions OptionsOf(X509Certificate2? certificate) => new()
    {
        TargetHost = "localhost",
        ClientCertificates = certificate is null ? null : [certificate],
        RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
    };

    private static async Task<bool> ProbeHttpAsync(int port, X509Certificate2? certificate)
    {
        try
        {
            return await HttpAsync(port, "/events", certificate) == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<HttpStatusCode> HttpAsync(int port, string path, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler { SslOptions = OptionsOf(certificate) };
        using var client = new HttpClient(handler) { Timeout = Bound };
        using var response = await client.GetAsync(new Uri($"https://localhost:{port}{path}"));
        return response.StatusCode;
    }

    // A request over HTTP, and a greeting to a silo: what is answered, if anything, is not the port's own protocol.
    private static async Task<bool> SpeaksPlainAsync(int port)
    {
        using var bound = new CancellationTokenSource(Bound);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, bound.Token);
        try
        {
            await socket.GetStream().WriteAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), bound.Token);
            var answer = new byte[64];
            var count = await socket.GetStream().ReadAsync(answer, bound.Token);
            return System.Text.Encoding.ASCII.GetString(answer, 0, count).Contains("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    private async Task<SiloProgram> StartAsync(string name, int index, params string[] settings)
    {
        var own = _silos.Issue(name, host: $"{name}.silo.alldata");
        var program = SiloProgram.Start(
        [
            $"--AllData:Peer:Id={name}", $"--AllData:Http:Port={_basePort + index}", $"--AllData:Silo:SiloPort={_basePort + 100 + index}",
            $"--AllData:Silo:GatewayPort={_basePort + 200 + index}", $"--AllData:DataDirectory={Path.Combine(_data.Path, name)}",
            $"--AllData:Cluster:DatabaseFile={Path.Combine(_data.Path, "cluster.db")}",
            $"--AllData:Security:CertificateFile={own.Certificate}", $"--AllData:Security:KeyFile={own.Key}",
            $"--AllData:Security:SiloCaFile={_silos.AuthorityFile}", $"--AllData:Security:ClientCaFile={_clients.AuthorityFile}",
            $"--AllData:Security:PrincipalsFile={_principals}", .. settings,
        ]);
        await program.PrintsAsync($"Peer {name} takes events at");
        return program;
    }
}
