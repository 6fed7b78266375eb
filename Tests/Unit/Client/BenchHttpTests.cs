using System.IO.Compression;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Errors;
using AllData.Security;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Unit.Client;

public sealed class BenchHttpTests
{
    private const int Size = 200;

    private readonly RunRecord _record = new(new NumberedEvents(Size, new Random(1)));

    [Fact]
    public async Task Single_events_are_posted_and_acknowledged_under_the_key_of_the_answer()
    {
        await using var silo = await HttpSilo.StartAsync();
        using var load = new HttpLoad(new HttpTerms(silo.Address, Lines: 0, IsCompressed: false), TimeProvider.System);
        Assert.Equal(1, await load.PutAsync(0, _record));
        Assert.Equal(1, await load.PutAsync(1, _record));
        Assert.Equal(
            [_record.Events.Create(0).ToString(), _record.Events.Create(1).ToString()], silo.Store.Puts.Select(p => Encoding.UTF8.GetString(p.Bytes)));
        var time = FakeEventStore.FreshKey.UnixMilliseconds;
        Assert.Equal((2L, (time, time)), (_record.Acknowledged, _record.KeyTimes));
    }

    [Fact]
    public async Task A_server_that_is_too_busy_is_told_apart_from_one_that_fails()
    {
        await using var silo = await HttpSilo.StartAsync();
        using var load = new HttpLoad(new HttpTerms(silo.Address, Lines: 0, IsCompressed: false), TimeProvider.System);
        silo.Store.OnPut = static _ => throw new OverloadedException("Busy.", TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<OverloadedException>(async () => await load.PutAsync(0, _record));
        silo.Store.OnPut = static _ => throw new PutOutcomeUnknownException("Late.", [], []);
        Assert.Equal(0, await load.PutAsync(1, _record));
        Assert.Equal(1, _record.Errors["HTTP 504"]);
        Assert.Equal(0, _record.Acknowledged);
    }

    [Fact]
    public async Task Over_TLS_the_client_shows_its_certificate_and_trusts_silos_only()
    {
        using var directory = new TemporaryDirectory();
        using var silos = new TestCertificates("silos");
        using var clients = new TestCertificates("clients");
        var principals = Path.Combine(directory.Path, "principals.json");
        await File.WriteAllBytesAsync(principals, new PrincipalsDocument([new Principal("app", StoreRoles.Writer, [], [])]).Write());
        await using var silo = await HttpSilo.StartAsync(SecureSettings.Of(silos, clients, principals, Path.Combine(directory.Path, "audit.ndjson")));
        var shown = clients.Issue("app");
        using var load = Load(silos.AuthorityFile);
        using var trusting = Load(clients.AuthorityFile);

        Assert.Equal(1, await load.PutAsync(0, _record));
        Assert.Equal(1, await load.PutAsync(1, _record));
        await Assert.ThrowsAsync<AuthenticationException>(async () => await trusting.PutAsync(2, _record));

        HttpLoad Load(string authorities)
        {
            var tls = HttpsOptions.Of(
                new AllDataTlsOptions { CertificateFile = shown.Certificate, KeyFile = shown.Key, SiloCaFile = authorities }, TimeProvider.System);
            return new HttpLoad(
                new HttpTerms(new UriBuilder(silo.Address) { Host = "localhost" }.Uri, Lines: 0, IsCompressed: false, tls), TimeProvider.System);
        }
    }

    [Fact]
    public async Task A_connection_that_was_idle_for_long_is_not_used_again()
    {
        var connections = new List<string>();
        await using var server = await StartAsync(async context =>
        {
            connections.Add(context.Connection.Id);
            await context.Response.WriteAsync("{\"events\":3}");
        });
        var time = new ShiftedTime();
        using var load = new HttpLoad(new HttpTerms(new Uri(server.Urls.Single()), Lines: 3, IsCompressed: false), time);

        Assert.Equal(3, await load.PutAsync(0, _record));
        Assert.Equal(3, await load.PutAsync(3, _record));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, await load.PutAsync(6, _record));

        Assert.Equal(connections[0], connections[1]);
        Assert.NotEqual(connections[1], connections[2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lines_are_sent_many_in_a_request_and_may_be_compressed(bool isCompressed)
    {
        var bodies = new List<string>();
        await using var server = await StartAsync(async context =>
        {
            await using Stream body = isCompressed ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
            using var reader = new StreamReader(body);
            bodies.Add($"{context.Request.Path} {context.Request.ContentType} {await reader.ReadToEndAsync()}");
            await context.Response.WriteAsync("{\"events\":3}");
        });
        using var load = new HttpLoad(new HttpTerms(new Uri(server.Urls.Single()), Lines: 3, isCompressed), TimeProvider.System);
        Assert.Equal(3, await load.PutAsync(3, _record));
        var lines = string.Concat(Enumerable.Range(3, 3).Select(n => _record.Events.Create(n) + "\n"));
        Assert.Equal([$"/events application/x-ndjson {lines}"], bodies);
        Assert.Equal([3, 4, 5], _record.AcknowledgedNumbers.Except(new EventBits()));
    }

    [Fact]
    public async Task Lines_without_keys_are_looked_for_from_the_time_before_they_were_sent()
    {
        var time = new RushingTime();
        var arrived = DateTimeOffset.MinValue;
        await using var server = await StartAsync(context =>
        {
            arrived = time.GetUtcNow();
            return context.Response.WriteAsync("{\"events\":3}");
        });
        using var load = new HttpLoad(new HttpTerms(new Uri(server.Urls.Single()), Lines: 3, IsCompressed: false), time);
        await load.PutAsync(0, _record);
        Assert.InRange(arrived.ToUnixTimeMilliseconds(), _record.KeyTimes!.Value.First, _record.KeyTimes.Value.Last);
    }

    [Fact]
    public async Task A_connection_that_the_server_has_closed_is_opened_anew()
    {
        var requests = 0;
        await using var server = await StartAsync(context =>
        {
            if (++requests == 1)
            {
                context.Abort();
            }

            context.Response.StatusCode = StatusCodes.Status201Created;
            return Task.CompletedTask;
        });
        using var load = new HttpLoad(new HttpTerms(new Uri(server.Urls.Single()), Lines: 0, IsCompressed: false), TimeProvider.System);
        await Assert.ThrowsAnyAsync<Exception>(async () => await load.PutAsync(0, _record));
        Assert.Equal(1, await load.PutAsync(1, _record));
    }

    [Fact]
    public async Task Without_reading_back_no_cluster_is_needed()
    {
        await using var silo = await HttpSilo.StartAsync();
        var run = new ClientRun { ConnectFailure = new InvalidOperationException("No cluster is to be asked.") };
        string[] args = ["bench", "http", "--url",
            silo.Address.ToString(), "--connections", "2", "--seconds", "0.1", "--warm-up", "0", "--no-verify", "--json"];
        Assert.Equal(ExitCodes.Done, await run.RunAsync(args));
        var result = JsonElement.Parse(run.Output)[0];
        Assert.Equal(silo.Store.Puts.Count, result.GetProperty("events").GetInt32());
        Assert.Equal("http single", result.GetProperty("via").GetString());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r", false)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", true)]
    public void An_answer_is_read_when_it_has_arrived_whole(string arrived, bool isWhole) =>
        Assert.Equal(isWhole, HttpAnswer.TryRead(Encoding.ASCII.GetBytes(arrived), out _));

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }

    /// <summary>A minute passes with each look at the clock.</summary>
    private sealed class RushingTime : TimeProvider
    {
        private int _minutes;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMinutes(Interlocked.Increment(ref _minutes));
    }
}
