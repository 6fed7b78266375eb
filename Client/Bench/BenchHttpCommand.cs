using System.CommandLine;
using System.Net.Security;
using AllData.Client.Commands;
using AllData.Client.Connection;

namespace AllData.Client.Bench;

/// <summary><c>alldata bench http</c>.</summary>
internal sealed class BenchHttpCommand
{
    private const string Single = "single";
    private const string Ndjson = "ndjson";

    private readonly Option<Uri> _url = new("--url")
    {
        Description = "The silo's HTTP address; https:// needs --cert and --ca.",
        DefaultValueFactory = static _ => new Uri("http://127.0.0.1:8081"),
        CustomParser = static result =>
        {
            if (!Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            {
                result.AddError($"'{result.Tokens[0].Value}' is not an address. Give http://HOST:PORT or https://HOST:PORT.");
            }

            return url!;
        },
    };

    private readonly Option<int[]> _connections = new("--connections")
    {
        Description = "Connections, each with one request in flight; repeat it for several runs.",
        DefaultValueFactory = static _ => [64],
    };

    private readonly Option<string> _path = new("--path")
    {
        Description = "single: one event per request, POST /. ndjson: many lines per request, POST /events.",
        DefaultValueFactory = static _ => Single,
    };

    private readonly Option<int> _batch = new Option<int>("--batch")
    {
        Description = "Lines of each request of ndjson.",
        DefaultValueFactory = static _ => 1_000,
    }.InRange(1, 100_000);

    private readonly Option<bool> _gzip = new("--gzip") { Description = "Sends lines compressed." };
    private readonly LoadOptionSet _load = new();

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var bench = new BenchHttpCommand();
        var http = new Command("http", "Puts events over HTTP. With --no-verify it uses only the URL, which may then be any server.")
        {
            bench._url, bench._connections, bench._path, bench._batch, bench._gzip,
        };
        bench._connections.RequireRange(1, 10_000);
        bench._path.AcceptOnlyFromAmong(Single, Ndjson);
        bench._load.AddTo(http);
        http.SetGuardedAction(services, global, (parsed, cancellation) => bench.RunAsync(services, global, parsed, cancellation));
        return http;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        if (!_load.IsVerified(parsed))
        {
            return await RunAsync(BenchSession.WithoutCluster(services), services, global, parsed, cancellation);
        }

        await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed), cancellation);
        var session = await BenchSession.OpenAsync(services, cluster.Grains, isVerified: true, cancellation);
        return await RunAsync(session, services, global, parsed, cancellation);
    }

    private static SslClientAuthenticationOptions? TlsOf(Uri url, ClientServices services, GlobalOptions global, ParseResult parsed) =>
        url.Scheme == Uri.UriSchemeHttp ? null
        : global.GetAddress(parsed).Tls is { } tls ? HttpsOptions.Of(tls, services.Time)
        : throw new UsageException($"{url} needs a certificate: give --cert, --cert-key and --ca.");

    private async Task<int> RunAsync(
        BenchSession session, ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var connections = parsed.GetValue(_connections)!;
        var lines = parsed.GetValue(_path) == Ndjson ? parsed.GetValue(_batch) : 0;
        var url = parsed.GetValue(_url)!;
        var terms = new HttpTerms(url, lines, parsed.GetValue(_gzip) && lines > 0, TlsOf(url, services, global, parsed));
        var loads = Enumerable.Range(0, connections.Max()).Select(_ => new HttpLoad(terms, services.Time)).ToList();
        try
        {
            await LoopAsync(_load.BeginRun(parsed, services.Random), connections.Max(), _load.GetWarmUp(parsed));
            foreach (var count in connections)
            {
                var record = _load.BeginRun(parsed, services.Random);
                await session.RunAsync(
                    new BenchTerms($"http {parsed.GetValue(_path)}", count, loads[0].Batch, Rate: null), record, _load.GetDuration(parsed),
                    () => LoopAsync(record, count, _load.GetDuration(parsed)), cancellation);
            }
        }
        finally
        {
            loads.ForEach(static load => load.Dispose());
        }

        return session.Finish(global.IsJson(parsed));

        Task LoopAsync(RunRecord record, int count, TimeSpan duration) =>
            new ClosedLoop(loads[..count], record, services.Time).RunAsync(count, duration, cancellation);
    }
}
