using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AllData.Errors;
using AllData.Peers;
using AllData.Security;
using AllData.Silo.Http;
using AllData.Tests.Support;
using AllData.Tests.Unit.Remote;
using Microsoft.AspNetCore.Routing;

namespace AllData.Tests.Unit.Silo;

/// <summary>Which callers may do what over HTTPS: real certificates and keys on real connections.</summary>
public sealed class HttpRoleTests : IAsyncLifetime
{
    private const string WriterKey = "alldata_writer";
    private const string Key = "20260102T030405006000150000";

    private readonly TestCertificates _silos = new("silos");
    private readonly TestCertificates _clients = new("clients");
    private readonly TemporaryDirectory _directory = new();
    private HttpSilo _silo = null!;

    private string Principals => Path.Combine(_directory.Path, "principals.json");

    private string AuditFile => Path.Combine(_directory.Path, "audit.ndjson");

    public async Task InitializeAsync()
    {
        Write(
            new("reader", StoreRoles.Reader, [], []), new("writer", StoreRoles.Writer, [], [PrincipalsDocument.HashOf(WriterKey)]),
            new("operator", StoreRoles.Operator, [], []), new("none", StoreRoles.None, [], []));
        _silo = await HttpSilo.StartAsync(SecuritySettings());
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        _silos.Dispose();
        _clients.Dispose();
        _directory.Dispose();
    }

    public static TheoryData<string, string, string> Routes() => new()
    {
        { "POST", "/", "Writer" },
        { "POST", "/events", "Writer" },
        { "POST", "/keys?count=1", "Writer" },
        { "DELETE", $"/keys/{Key}", "Writer" },
        { "PUT", $"/events/{Key}", "Writer" },
        { "GET", "/events", "Reader" },
        { "GET", $"/events/{Key}", "Reader" },
        { "HEAD", $"/events/{Key}", "Reader" },
        { "GET", "/consumers", "Reader, Operator" },
        { "GET", "/consumers/billing", "Reader, Operator" },
        { "GET", "/log/checkpoint", "Reader, Operator" },
        { "GET", "/log/tile/0/000", "Reader, Operator" },
        { "PUT", "/consumers/billing", "Reader" },
        { "DELETE", "/consumers/billing", "Operator" },
        { "GET", "/console", "None" },
        { "GET", "/console/explain.js", "None" },
        { "GET", "/console/icon.svg", "None" },
        { "GET", "/console/main.js", "None" },
        { "GET", "/console/map.js", "None" },
        { "GET", "/console/orders.js", "None" },
        { "GET", "/console/page.js", "None" },
        { "GET", "/console/panels.js", "None" },
        { "GET", "/console/session.js", "None" },
        { "GET", "/console/style.css", "None" },
        { "GET", "/console/session", "Reader, Operator" },
        { "GET", "/console/stream?once=true", "Reader, Operator" },
        { "GET", $"/console/explain/{Key}", "Reader, Operator" },
        { "GET", "/console/peers/north-b/departure", "Operator" },
        { "POST", "/console/peers/north-b/drain", "Operator" },
        { "POST", "/console/peers/north-b/undrain", "Operator" },
        { "POST", "/console/peers/north-b/drop", "Operator" },
        { "GET", "/health/live", "None" },
        { "GET", "/health/ready", "None" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Each_route_takes_callers_of_its_role_and_no_other(string method, string path, string role)
    {
        var needed = Enum.Parse<StoreRoles>(role);
        foreach (var caller in Enum.GetValues<StoreRoles>())
        {
            var (status, _) = await AskAsync(method, path, $"{caller}".ToLowerInvariant());
            Assert.Equal(needed == StoreRoles.None || (caller & needed) != 0, status != HttpStatusCode.Forbidden);
            Assert.NotEqual(HttpStatusCode.Unauthorized, status);
        }

        var (anonymous, body) = await AskAsync(method, path, certificate: null);
        Assert.Equal(needed != StoreRoles.None, anonymous == HttpStatusCode.Unauthorized);
        if (anonymous == HttpStatusCode.Unauthorized && method is "POST" or "PUT")
        {
            Assert.Contains("\"written\":\"nothing\"", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_route_says_what_it_needs_and_is_in_the_table()
    {
        var routes = _silo.Routes.ToList();
        Assert.All(routes, static route => Assert.NotNull(route.Metadata.GetMetadata<NeedsRole>()));
        Assert.Equal(Routes().Count, routes.Sum(static route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Count));
    }

    [Fact]
    public async Task A_key_is_as_good_as_a_certificate_and_a_wrong_one_is_none_whatever_certificate_comes_with_it()
    {
        Assert.Equal(HttpStatusCode.Created, (await AskAsync("POST", "/", certificate: null, WriterKey)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync("GET", "/events", certificate: null, WriterKey)).Status);

        var (status, body) = await AskAsync("POST", "/", "writer", "alldata_wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.DoesNotContain("alldata_wrong", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_a_trusted_authority_is_not_enough_and_a_thumbprint_narrows_it_down()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("GET", "/events", "stranger")).Status);

        var other = _clients.Issue("other-reader").Thumbprint;
        Write(new Principal("reader", StoreRoles.Reader, [other], []));
        await Eventually.IsAsync("the file is read again", () => AskAsync("GET", "/events", "reader"), static a => a.Status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_file_is_read_again_and_one_that_cannot_be_used_changes_nothing()
    {
        await File.WriteAllTextAsync(Principals, "{");
        await Eventually.IsAsync(
            "the fault is told",
            async () => (await AskAsync("POST", "/", "writer")).Status == HttpStatusCode.Created && _silo.Log.Alarms.Any(static l => l.Message.Contains(
                "stay as they were", StringComparison.Ordinal)),
            static told => told);

        Write(new Principal("writer", StoreRoles.Reader, [], []));
        await Eventually.IsAsync("the role is taken away", () => AskAsync("POST", "/", "writer"), static a => a.Status == HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_a_429_of_its_own_principal_alone()
    {
        Write(
            new Principal("writer", StoreRoles.Writer, [], []) { Quota = new PrincipalQuota(BytesPerDay: 30) },
            new Principal("other", StoreRoles.Writer, [], []));
        await Eventually.IsAsync("the file is read again", () => AskAsync("POST", "/", "other"), static a => a.Status == HttpStatusCode.Created);
        var before = _silo.Store.Puts.Count;

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 12; i++)
        {
            answers.Add((await AskAsync("POST", "/", "writer")).Status);
        }

        Assert.Equal(10, answers.Count(static status => status == HttpStatusCode.Created));
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        Assert.Equal(before + 10, _silo.Store.Puts.Count);
        var (_, problem) = await AskAsync("POST", "/", "writer");
        Assert.Contains("quota-exceeded", problem, StringComparison.Ordinal);
        Assert.Contains("\"written\":\"nothing\"", problem, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await AskAsync("POST", "/", "other")).Status);
    }

    [Fact]
    public async Task A_stream_counts_its_events_and_without_quota_none_of_its_lines_is_put()
    {
        Write(new Principal("writer", StoreRoles.Writer, [], []) { Quota = new PrincipalQuota(BytesPerDay: 1) });
        await Eventually.IsAsync("the file is read again", () => AskAsync("GET", "/events", "reader"), static a => a.Status == HttpStatusCode.Unauthorized);
        var (_, first) = await AskAsync("POST", "/events", "writer");
        var before = _silo.Store.Puts.Count;

        var (_, second) = await AskAsync("POST", "/events", "writer");

        Assert.DoesNotContain("used up its quota", first, StringComparison.Ordinal);
        Assert.Contains("'writer' has used up its quota", second, StringComparison.Ordinal);
        Assert.Equal(before, _silo.Store.Puts.Count);
    }

    [Fact]
    public async Task What_is_refused_is_in_the_audit_log_with_the_caller_as_far_as_it_is_known()
    {
        await AskAsync("GET", "/events", "writer");
        await AskAsync("POST", "/", certificate: null);
        await AskAsync("POST", "/", "writer");

        var lines = (await File.ReadAllLinesAsync(AuditFile)).Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(
            ["writer 127.0.0.1 GET /events refused", " 127.0.0.1 POST / refused"],
            lines.Select(static line => $"{line["principal"]} {line["address"]} {line["action"]} {line["result"]}"));
    }

    [Fact]
    public async Task What_an_operator_orders_from_the_console_is_in_the_audit_log_and_so_is_what_the_registry_refuses()
    {
        await AskAsync("POST", "/console/peers/west-c/drain", "operator");
        _silo.Cluster.OnOrder = static (_, peer) => throw new PeerRefusedException("It is of another cluster.", peer);
        await AskAsync("POST", "/console/peers/west-c/drop", "operator");

        var lines = (await File.ReadAllLinesAsync(AuditFile)).Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(
            ["operator POST /console/peers/drain west-c done ", "operator POST /console/peers/drop west-c failed It is of another cluster."],
            lines.Select(static line => $"{line["principal"]} {line["action"]} {line["target"]} {line["result"]} {line["reason"]}"));
    }

    [Fact]
    public async Task To_a_caller_that_is_not_known_health_says_whether_and_not_why()
    {
        await using var silo = await HttpSilo.StartAsync(
            SecuritySettings(), static () => [new SiloCondition("x", StopsPuts: true, "Peer north-a is away.")]);
        using var client = Client(certificate: null);

        using var answer = await client.GetAsync(new Uri(silo.Address, "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.DoesNotContain("north-a", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Dictionary<string, string?> SecuritySettings() => SecureSettings.Of(_silos, _clients, Principals, AuditFile);

    private void Write(params Principal[] principals)
    {
        var made = $"{Principals}.new";
        File.WriteAllBytes(made, new PrincipalsDocument([.. principals]).Write());
        File.Move(made, Principals, overwrite: true);
    }

    private async Task<(HttpStatusCode Status, string Body)> AskAsync(string method, string path, string? certificate, string? key = null)
    {
        using var client = Client(certificate);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_silo.Address, path));
        if (method is "POST" or "PUT")
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}\n"));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(path == "/events" ? "application/x-ndjson" : "application/json");
        }

        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private HttpClient Client(string? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null;
        if (certificate is not null)
        {
            var (file, key, _) = _clients.Issue(certificate);
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(file, key)];
        }

        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
    }
}
