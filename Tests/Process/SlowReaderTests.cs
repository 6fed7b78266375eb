using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using AllData.Client.Connection;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Security;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>Readers that do not read, at a real silo with certificates: the others are served.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class SlowReaderTests : IDisposable
{
    private const int SlowReaders = 8;
    private const int LargeEvents = 24;
    private const int LargeBytes = 1_000_000;

    private readonly SecuredSilos _store = new(
    [
        .. Enumerable.Range(0, SlowReaders + 1).Select(static i => new Principal($"reader-{i}", StoreRoles.Reader, [], [PrincipalsDocument.HashOf(KeyOf(i))])),
        new Principal("app", StoreRoles.Writer, [], []), new Principal("lead", StoreRoles.Reader | StoreRoles.Operator, [], []),
    ]);

    private readonly List<IDisposable> _slow = [];

    public void Dispose()
    {
        _slow.ForEach(static one => one.Dispose());
        _store.Dispose();
    }

    [Fact]
    public async Task Eight_readers_that_do_not_read_take_all_places_and_a_ninth_principal_is_served()
    {
        await using var silo = await StartAsync("--AllData:Limits:MaxScansPerPrincipal=1");
        for (var i = 0; i < SlowReaders; i++)
        {
            await BeginAsync(i);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await ScanAsync(0)).Status);
        var (_, events) = await Eventually.IsAsync(
            "the ninth principal is served", () => ScanAsync(SlowReaders), static a => a.Status == HttpStatusCode.OK, TimeSpan.FromSeconds(60));
        Assert.Contains("\"complete\":true", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_the_gateway_one_client_has_its_share_of_scans_and_an_operator_finds_a_place_when_all_are_taken()
    {
        await using var silo = await StartAsync("--AllData:Limits:MaxScans=2", "--AllData:Limits:MaxScansPerPrincipal=1");
        await using var first = await _store.ConnectAsync("reader-0");
        await using var second = await _store.ConnectAsync("reader-1");
        await using var third = await _store.ConnectAsync("reader-2");
        await using var lead = await _store.ConnectAsync("lead");
        await using var held = await HoldAsync(first);
        var refused = await Assert.ThrowsAsync<TooManyScansException>(() => HoldAsync(first));
        Assert.Equal(("reader-0", 1), (refused.Caller, refused.Limit));

        await using var other = await HoldAsync(second);
        Assert.Null((await Assert.ThrowsAsync<TooManyScansException>(() => HoldAsync(third))).Caller);
        await using var kept = await HoldAsync(lead);

        await held.DisposeAsync();
        await Eventually.Succeeds("the client's share is free again", TimeSpan.FromSeconds(30), async () => await (await HoldAsync(first)).DisposeAsync());
    }

    private static string KeyOf(int reader) => $"alldata_reader_{reader}";

    private async Task<SiloProgram> StartAsync(params string[] settings)
    {
        var silo = await _store.StartAsync("a", 0, settings);
        await using var writer = await _store.ConnectAsync("app");
        var large = EventPayload.FromText($"\"{new string('x', LargeBytes)}\"");
        for (var i = 0; i < LargeEvents; i++)
        {
            await writer.Grains.GetPutCoordinator().Put(large);
        }

        return silo;
    }

    // A scan of which a page was read, and more is there.
    private static async Task<IAsyncEnumerator<ScanPage>> HoldAsync(IClusterConnection client)
    {
        var pages = client.Grains.CreateEventReader().Scan(ScanRange.All).ReadPagesAsync().GetAsyncEnumerator();
        Assert.True(await pages.MoveNextAsync());
        Assert.False(pages.Current.IsLast);
        return pages;
    }

    private async Task BeginAsync(int reader)
    {
        // With a small window the silo soon waits for it.
        var socket = new TcpClient { ReceiveBufferSize = 4_096 };
        _slow.Add(socket);
        await socket.ConnectAsync(IPAddress.Loopback, _store.BasePort);
        var stream = new SslStream(socket.GetStream());
        _slow.Add(stream);
        await stream.AuthenticateAsClientAsync(SecuredSilos.TlsWith(certificate: null));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KeyOf(reader)}\r\n\r\n"));
        var head = new byte[12];
        await stream.ReadExactlyAsync(head);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(head));
    }

    private async Task<(HttpStatusCode Status, string Body)> ScanAsync(int reader)
    {
        using var handler = new SocketsHttpHandler { SslOptions = SecuredSilos.TlsWith(certificate: null) };
        using var client = new HttpClient(handler) { BaseAddress = _store.Address, Timeout = TimeSpan.FromMinutes(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf(reader));
        using var answer = await client.GetAsync(new Uri("/events", UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
