using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AllData.Client.Connection;
using AllData.Consumers;
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
[Collection(ClusterProcessTests.Name)]
public sealed class SecuredSiloTests : IDisposable
{
    private const string SiloName = "a.silo.alldata";

    private readonly SecuredSilos _store = new(
        new Principal("caller-client", StoreRoles.Reader, [], []), new Principal("app", StoreRoles.Writer, [], []),
        new Principal("ops", StoreRoles.Operator, [], []),
        new Principal("small", StoreRoles.Writer, [], []) { Quota = new PrincipalQuota(BytesPerDay: 1) });

    private readonly TestCertificates _others = new("others");

    public void Dispose()
    {
        _store.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task Each_port_lets_in_those_that_it_is_for_and_no_other()
    {
        await using var silo = await _store.StartAsync("a", 0, "--AllData:Telemetry:Prometheus=true");

        await LetsInAsync("silo", _store.BasePort + 100);
        await LetsInAsync("client", _store.BasePort + 200);
        await LetsInOverHttpAsync("client");

        Assert.DoesNotContain(silo.Lines, static line => line.Contains("Unhandled", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await HttpAsync(_store.BasePort, "/health/live", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await HttpAsync(_store.BasePort, "/events", null));
        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.OK],
            [await MetricsAsync(null), await MetricsAsync("app"), await MetricsAsync("caller-client"), await MetricsAsync("ops")]);

        Task<HttpStatusCode> MetricsAsync(string? caller) =>
            HttpAsync(_store.BasePort, "/metrics", caller is null ? null : SecuredSilos.Load(_store.Clients.Issue(caller)));
    }

    [Fact]
    public async Task Silos_replicate_over_TLS_clients_put_and_certificates_are_renewed_meanwhile()
    {
        await using var first = await _store.StartAsync("a", 0, "--AllData:Replication:Factor=2", "--AllData:Replication:AllowUnderReplicated=true");
        await using var second = await _store.StartAsync("b", 1, "--AllData:Replication:Factor=2", "--AllData:Replication:AllowUnderReplicated=true");
        var address = _store.AddressWith(_store.Clients.Issue("app"));
        await using var connection = await new OrleansConnector(TimeProvider.System).ConnectAsync(address, default);
        await PutAtBothAsync(connection);

        var before = await SerialAsync();
        _store.Silos.Issue("a", host: SiloName);
        _store.Silos.Issue("b", host: "b.silo.alldata");
        _store.Clients.Issue("app");
        await Eventually.IsAsync("the renewed certificate is shown", SerialAsync, serial => serial != before);
        await PutAtBothAsync(connection);

        await using var later = await new OrleansConnector(TimeProvider.System).ConnectAsync(address, default);
        await PutAtBothAsync(later);
    }

    [Fact]
    public async Task At_the_gateway_a_client_may_do_what_its_roles_allow_and_nothing_that_is_for_silos()
    {
        await using var silo = await _store.StartAsync("a", 0);
        await using var writer = await _store.ConnectAsync("app");
        var key = (await writer.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"))).Key;
        await RefusedAsync("'app' may not do this: Get is for the role reader", () => writer.Grains.GetEventReader().Get(key));
        await RefusedAsync("'app' may not do this: Scan is for the role reader", () => ScanAsync(writer));
        await RefusedAsync("for the role operator", () => writer.Grains.GetPeerRegistry().Drain(PeerId.Parse("a")));
        await RefusedAsync("Ping is for silos only", () => writer.Grains.GetReplica(PeerId.Parse("a")).Ping());
        await RefusedAsync("is for silos only", () => writer.Grains.GetGrain<IManagementGrain>(0).GetHosts());

        await using var reader = await _store.ConnectAsync("caller-client");
        Assert.Single((await reader.Grains.GetEventReader().Get(key)).Events);
        await ScanAsync(reader);
        Assert.Single((await reader.Grains.GetPeerRegistry().GetTopology()).Peers);
        await RefusedAsync(
            "'caller-client' may not do this: Put is for the role writer", () => reader.Grains.GetPutCoordinator().Put(EventPayload.FromText("2")));

        var positions = reader.Grains.CreateConsumerPositions();
        await positions.TakeAsync(ConsumerName.Parse("billing"), "one", key);
        Assert.Equal("billing", Assert.Single(await positions.ListAsync()).Name.Value);
        await RefusedAsync("'caller-client' may not do this: Delete is for the role operator", () => positions.DeleteAsync(ConsumerName.Parse("billing")));
        await RefusedAsync("'app' may not do this: Take", () => writer.Grains.CreateConsumerPositions().TakeAsync(ConsumerName.Parse("mine"), "one", key));
        await RefusedAsync("Add is for silos only", () => reader.Grains.GetConsumerCatalog().Add(ConsumerName.Parse("mine")));

        await using var small = await _store.ConnectAsync("small");
        await small.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"));
        var overdrawn = await Assert.ThrowsAsync<OverloadedException>(() => small.Grains.GetPutCoordinator().Put(EventPayload.FromText("2")));
        Assert.Contains("'small' has used up its quota", overdrawn.Message, StringComparison.Ordinal);

        await using var operators = await _store.ConnectAsync("ops");
        await operators.Grains.GetPeerRegistry().Drain(PeerId.Parse("a"));
        await operators.Grains.GetPeerRegistry().Undrain(PeerId.Parse("a"));
        Assert.True(await operators.Grains.CreateConsumerPositions().DeleteAsync(ConsumerName.Parse("billing")));
        var audited = (await ReadAuditAsync("a")).Select(static line => $"{line["principal"]} {line["action"]} {line["target"]} {line["result"]}").ToList();
        Assert.Equal(["ops Drain a done", "ops Undrain a done", "ops Delete consumer-billing done"], audited[^3..]);
        Assert.Contains("app Drain a refused", audited);
        Assert.Contains(" start a done", audited);

        await using var stranger = await _store.ConnectAsync("of-no-line");
        await RefusedAsync("'of-no-line'", () => stranger.Grains.GetEventReader().Get(key));
    }

    private async Task<List<JsonNode>> ReadAuditAsync(string silo)
    {
        await using var file = new FileStream(
            Path.Combine(_store.DataOf(silo), "audit.ndjson"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];
    }

    private static async Task RefusedAsync(string sentence, Func<Task> call) =>
        Assert.Contains(sentence, (await Assert.ThrowsAsync<CallerRefusedException>(call)).Message, StringComparison.Ordinal);

    private static async Task ScanAsync(IClusterConnection connection) =>
        Assert.Single(await connection.Grains.CreateEventReader().Scan(new ScanRange()).ToListAsync());

    private static Task PutAtBothAsync(IClusterConnection connection) => Eventually.Succeeds(
        "an event is stored by both silos", TimeSpan.FromSeconds(60),
        async () => Assert.Equal(2, (await connection.Grains.GetPutCoordinator().Put(
            EventPayload.FromText("1"), new PutOptions { Level = CommitLevel.All })).Replicas.Length));

    private async Task<string> SerialAsync()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _store.BasePort);
        await using var stream = new SslStream(socket.GetStream(), false, static (_, shown, _, _) => shown is not null);
        await stream.AuthenticateAsClientAsync("localhost");
        return stream.RemoteCertificate!.GetSerialNumberString();
    }

    // The ports of Orleans wait for a caller to speak first, for a while. So the one that is let in is still open when those that came after it have ended.
    private Task LetsInAsync(string kind, int port) => Eventually.Succeeds($"port {port} lets in the {kind} and no other", SecuredSilos.Bound, async () =>
    {
        using var bound = new CancellationTokenSource(SecuredSilos.Bound);
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
            Assert.True((caller.Kind == kind) == await ProbeHttpAsync(_store.BasePort, caller.Certificate), caller.Kind);
        }

        Assert.False(await SpeaksPlainAsync(_store.BasePort));
    }

    private IEnumerable<(string Kind, X509Certificate2? Certificate)> Callers() =>
    [
        ("nothing", null),
        ("silo", SecuredSilos.Load(_store.Silos.Issue("caller-silo", host: "c.silo.alldata"))),
        ("silo of another cluster", SecuredSilos.Load(_store.Silos.Issue("other-cluster", host: "c.silo.other"))),
        ("client", SecuredSilos.Load(_store.Clients.Issue("caller-client"))),
        ("stranger", SecuredSilos.Load(_others.Issue("stranger", host: SiloName))),
        ("self-signed", SecuredSilos.Load(_store.Clients.Issue("self", host: SiloName, isSelfSigned: true))),
        ("expired silo", SecuredSilos.Load(_store.Silos.Issue("expired-silo", from: -5, to: -2, host: SiloName))),
        ("expired client", SecuredSilos.Load(_store.Clients.Issue("expired-client", from: -5, to: -2))),
        ("server only", SecuredSilos.Load(_store.Clients.Issue("server-only", uses: TestCertificates.ServerOnly))),
        ("silo that may serve only", SecuredSilos.Load(_store.Silos.Issue("silo-serves", host: SiloName, uses: TestCertificates.ServerOnly))),
    ];

    private static async Task<bool> IsOpenAsync(int port, X509Certificate2? certificate, CancellationToken bound, CancellationToken isEnough)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, bound);
        try
        {
            await using var stream = new SslStream(socket.GetStream());
            await stream.AuthenticateAsClientAsync(SecuredSilos.TlsWith(certificate), bound);
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
        using var handler = new SocketsHttpHandler { SslOptions = SecuredSilos.TlsWith(certificate) };
        using var client = new HttpClient(handler) { Timeout = SecuredSilos.Bound };
        using var response = await client.GetAsync(new Uri($"https://localhost:{port}{path}"));
        return response.StatusCode;
    }

    // A request over HTTP, and a greeting to a silo: what is answered, if anything, is not the port's own protocol.
    private static async Task<bool> SpeaksPlainAsync(int port)
    {
        using var bound = new CancellationTokenSource(SecuredSilos.Bound);
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
}
