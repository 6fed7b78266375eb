using System.Net;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Silo;

/// <summary>What one caller may have open at once over HTTP. Without certificates callers are addresses: this machine has many.</summary>
public sealed class CallerLimitTests
{
    private const string Stream = "POST /events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n1\n\r\n";

    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task One_caller_has_its_share_of_streams_and_another_is_served()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:MaxStreamsPerPrincipal"] = "1" });
        using var open = await BeginStreamAsync(silo, puts: 1);

        var (status, text) = await TryAsync(silo, from: null);
        Assert.Equal("429", status);
        Assert.Contains("too-many-streams", text, StringComparison.Ordinal);
        Assert.Contains("Retry-After", text, StringComparison.Ordinal);
        Assert.Contains("\"written\":\"nothing\"", text, StringComparison.Ordinal);
        Assert.Equal("200", (await TryAsync(silo, Other)).Status);

        open.Reset();
        await Eventually.IsAsync("the place is free again", () => TryAsync(silo, from: null), static a => a.Status == "200");
    }

    [Fact]
    public async Task All_streams_together_are_bounded_and_a_single_put_is_taken_all_the_same()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Http:MaxStreams"] = "1" });
        using var open = await BeginStreamAsync(silo, puts: 1);

        var (status, text) = await TryAsync(silo, Other);
        Assert.Equal("503", status);
        Assert.Contains("urn:alldata:problem:overloaded", text, StringComparison.Ordinal);
        Assert.Contains("Retry-After", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await silo.Client.PostAsync("/", new StringContent("1"))).StatusCode);
    }

    [Fact]
    public async Task One_caller_has_its_share_of_scans_and_another_is_served()
    {
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Limits:MaxScansPerPrincipal"] = "1" });
        var goOn = new TaskCompletionSource();
        silo.Store.OnScan = new FakeScan { BeforePage = at => at == 0 ? Task.CompletedTask : goOn.Task }.AddMany(9).Read;
        using var open = await RawConnection.OpenAsync(silo.Address);
        await open.SendAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await open.ReadUntilAsync("{\"key\"");

        var refused = await silo.Client.GetAsync("/events");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero, "there is no Retry-After");
        Assert.Contains("too-many-scans", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var other = await RawConnection.OpenAsync(silo.Address, Other);
        await other.SendAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await other.ReadUntilAsync("{\"key\"");

        goOn.SetResult();
        await open.ReadUntilAsync("\"end\"");
        await Eventually.IsAsync("the place is free again", async () => (await silo.Client.GetAsync("/events")).StatusCode, static s => s == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_reader_that_takes_less_than_the_slowest_rate_is_cut_off_and_the_log_says_why()
    {
        var time = new FakeTimeProvider();
        await using var silo = await HttpSilo.StartAsync(new Dictionary<string, string?> { ["Limits:ScanMinBytesPerSecond"] = "1000" }, time: time);
        var scan = new FakeScan { PageEvents = 1 };
        for (var i = 0; i < 40; i++)
        {
            scan.Add(FakeScan.Key(i), $"\"{new string('x', 1_000_000)}\"");
        }

        silo.Store.OnScan = scan.Read;
        using var slow = await RawConnection.OpenAsync(silo.Address);
        await slow.SendAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await slow.ReadUntilAsync("{\"key\"");

        await Eventually.IsAsync(
            "the reader is cut off",
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(61));
                return silo.Log.Alarms.Select(static l => l.Message).FirstOrDefault(static l => l.Contains("is cut off", StringComparison.Ordinal));
            },
            static told => told is not null);
        Assert.DoesNotContain("\"end\"", await slow.ReadToEndAsync(), StringComparison.Ordinal);
        await Eventually.IsAsync("the request has ended", () => silo.Requests, static count => count == 0);
    }

    // Open until it is whole: its last chunk does not come.
    private static async Task<RawConnection> BeginStreamAsync(HttpSilo silo, int puts)
    {
        var connection = await RawConnection.OpenAsync(silo.Address);
        await connection.SendAsync(Stream);
        await Eventually.IsAsync("the stream is open", () => silo.Store.Lines.Length, count => count == puts);
        return connection;
    }

    private static async Task<(string Status, string Text)> TryAsync(HttpSilo silo, IPAddress? from)
    {
        using var connection = await RawConnection.OpenAsync(silo.Address, from);
        await connection.SendAsync(Stream + "0\r\n\r\n");
        var text = await connection.ReadUntilAsync("}");
        return (text.Split(' ')[1], text);
    }
}
