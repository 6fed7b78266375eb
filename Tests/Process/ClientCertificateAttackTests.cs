using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using AllData.Errors;
using AllData.Events;
using AllData.Security;
using AllData.Tests.Support;
using Orleans.Runtime;

namespace AllData.Tests.Processes;

/// <summary>
/// What the holder of a client's certificate can do to silos by the protocol of Orleans itself. Some of it is refused; the rest stays open, because Orleans
/// trusts what passes its gateway: SECURITY.md says so, and these tests say what it is.
/// </summary>
[Collection(SingleProcessTests.Name)]
public sealed class ClientCertificateAttackTests : IDisposable
{
    // TLS: a record of a handshake.
    private const byte Handshake = 0x16;

    private readonly SecuredSilos _store = new(
        new Principal("app", StoreRoles.Reader | StoreRoles.Writer | StoreRoles.Operator, [], []));

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_client_that_says_that_it_is_one_cannot_tell_a_silo_that_it_is_dead()
    {
        await using var silo = await _store.StartAsync("a", 0);
        await using var client = await ForgeAsync();

        await Assert.ThrowsAsync<CallerRefusedException>(() => client.SayDeadAsync(AddressOf(client)));

        await using var connection = await _store.ConnectAsync("app");
        Assert.NotEmpty((await connection.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"))).Replicas);
    }

    // Open: what a message says of its sender is not compared with the connection that it came by.
    [Fact]
    public async Task A_client_whose_messages_say_that_they_come_from_a_silo_ends_it_and_what_it_had_acknowledged_is_there_after_a_restart()
    {
        EventKey key;
        await using (var silo = await _store.StartAsync("a", 0))
        {
            await using var connection = await _store.ConnectAsync("app");
            key = (await connection.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"))).Key;
            await using var client = await ForgeAsync();
            client.PretendToBe(AddressOf(client));

            var call = client.SayDeadAsync(AddressOf(client));

            Assert.NotEqual(0, await silo.EndsAsync());
            await Assert.ThrowsAnyAsync<Exception>(() => call);
        }

        await using var again = await _store.StartAsync("a", 0);
        await using var reader = await _store.ConnectAsync("app");
        Assert.Equal("1"u8.ToArray(), Assert.Single((await reader.Grains.GetEventReader().Get(key)).Events).Payload.Bytes);
    }

    [Fact]
    public async Task A_silos_greeting_is_taken_at_the_silo_port_from_a_silo_and_not_from_a_client()
    {
        await using var silo = await _store.StartAsync("a", 0);
        await using var client = await ForgeAsync();
        var greeting = client.GreetingOf(SiloAddress.New(IPAddress.Loopback, _store.BasePort + 101, 1));

        Assert.NotEqual(0, await GreetAsync(greeting, _store.Silos.Issue("b", host: "b.silo.alldata")));
        Assert.Equal(0, await GreetAsync(greeting, _store.Clients.Issue("app")));
    }

    // Open: the silo connects to the address that a message names. It says nothing there but how TLS begins.
    [Fact]
    public async Task A_message_to_a_foreign_port_makes_the_silo_connect_there_and_say_nothing_to_one_that_is_no_silo()
    {
        await using var silo = await _store.StartAsync("a", 0);
        await using var client = await ForgeAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        // Of a generation that Orleans does not take for dead.
        var call = client.PingAsync(SiloAddress.New(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port, AddressOf(client).Generation + 1));

        using var bound = new CancellationTokenSource(SecuredSilos.Bound);
        var connected = listener.AcceptTcpClientAsync(bound.Token).AsTask();
        await Task.WhenAny(connected, call);
        Assert.False(call.IsFaulted, $"{call.Exception}");
        using var accepted = await connected;
        var first = new byte[1];
        await accepted.Client.ReceiveAsync(first, SocketFlags.Peek, bound.Token);
        Assert.Equal(Handshake, first[0]);
        await using var stream = new SslStream(accepted.GetStream());
        using var certificate = SecuredSilos.Load(_store.Clients.Issue("app"));
        Assert.Equal(0, await SaidAsync(stream, certificate, bound.Token));
        await Assert.ThrowsAnyAsync<Exception>(() => call);

        await using var connection = await _store.ConnectAsync("app");
        Assert.NotEmpty((await connection.Grains.GetPutCoordinator().Put(EventPayload.FromText("1"))).Replicas);
    }

    [Fact]
    public async Task A_connection_that_says_nothing_is_closed_at_every_port()
    {
        await using var silo = await _store.StartAsync("a", 0);
        int[] ports = [_store.BasePort, _store.BasePort + 100, _store.BasePort + 200];
        Assert.All(await Task.WhenAll(ports.Select(WaitAsync)), static said => Assert.Equal(0, said));

        static async Task<int> WaitAsync(int port)
        {
            using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, port, bound.Token);
            return await socket.GetStream().ReadAsync(new byte[1], bound.Token);
        }
    }

    private Task<ForgingClient> ForgeAsync() => ForgingClient.ConnectAsync(_store.BasePort + 200, _store.TlsOf(_store.Clients.Issue("app")));

    private SiloAddress AddressOf(ForgingClient client) => client.Silos.Single(silo => silo.Endpoint.Port == _store.BasePort + 100);

    /// <returns>How many bytes the silo answers with.</returns>
    private async Task<int> GreetAsync(byte[] greeting, (string Certificate, string Key, string Thumbprint) shown)
    {
        using var bound = new CancellationTokenSource(SecuredSilos.Bound);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _store.BasePort + 100, bound.Token);
        using var certificate = SecuredSilos.Load(shown);
        await using var stream = new SslStream(socket.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(SecuredSilos.TlsWith(certificate), bound.Token);
            await stream.WriteAsync(greeting, bound.Token);
            return await stream.ReadAsync(new byte[1], bound.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return 0;
        }
    }

    /// <returns>How many bytes the silo says within TLS to one that shows a certificate.</returns>
    private static async Task<int> SaidAsync(
        SslStream stream, System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, CancellationToken bound)
    {
        try
        {
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, bound);
            return await stream.ReadAsync(new byte[1], bound);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return 0;
        }
    }
}
