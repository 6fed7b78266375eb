using System.Diagnostics;
using System.Net;
using System.Text;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>Real silos that are scraped and that send what they do to a collector.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class TelemetryTests : IDisposable
{
    private const string Dead = "west-c";

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Dashboard_and_alerts_ask_for_what_silos_show_and_a_trace_of_a_caller_reaches_the_collector_from_each_of_them()
    {
        var headers = Path.Combine(_directory.Path, "headers");
        await File.WriteAllTextAsync(headers, "authorization=Bearer a=b%\n");
        await using var collector = await Collector.StartAsync();
        await using var cluster = await LocalClusterProcesses.StartAsync(
            3, "--AllData:Telemetry:Prometheus=true", $"--AllData:Telemetry:OtlpEndpoint={collector.Address}", "--AllData:Telemetry:OtlpProtocol=HttpProtobuf",
            $"--AllData:Telemetry:OtlpHeadersFile={headers}", "--AllData:Telemetry:MetricInterval=00:00:01", "--AllData:Telemetry:TraceRatio=0.000001");

        var (one, other) = (AddressOf(cluster, "north-a"), AddressOf(cluster, Dead));
        var trace = ActivityTraceId.CreateRandom();
        await PutAsync(one, trace);
        using var following = await _http.GetAsync(new Uri(one, "/events?follow=true"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, following.StatusCode);

        // A reader that begins while a peer is away is given nothing, and so is not behind.
        var before = await ScrapeAsync(one, static s => s.Sum("alldata_follow_lag_seconds") > 0);
        cluster[Dead].Kill();
        var during = await ScrapeAsync(one, static s => s.Sum("alldata_silo_conditions") > 0);
        await PutAsync(one);
        await cluster.RestartAsync(Dead);
        var after = await ScrapeAsync(other, static s => s.Sum("alldata_repair_fetched_blocks_total", "alldata_repair_missing", "true") > 0);

        Assert.Empty(PrometheusQueries.All.SelectMany(query => PrometheusQueries.Missing(query, [before, during, after])));
        Assert.InRange(PrometheusQueries.All.Count, 30, 100);
        Assert.Equal(
            ("counter", "gauge", "histogram"),
            (during.Types["alldata_put_events_total"], during.Types["alldata_silo_ready"], during.Types["alldata_put_duration_seconds"]));

        await ArrivesAsync(() => collector.HasMetrics("alldata.put.duration"u8) && collector.HasMetrics("west-c"u8));
        await ArrivesAsync(() => HasSpan(collector, trace, "north-a", "POST /") && HasSpan(collector, trace, "north-a", "alldata.replica.append"));
        await ArrivesAsync(() => HasSpan(collector, trace, "north-b", "Append"));
        Assert.Equal(["Bearer a=b%"], collector.Authorizations.Distinct());
    }

    // The call of a replica is seen by the silo of the peer that it was made to: the trace has crossed the wire.
    private static bool HasSpan(Collector collector, ActivityTraceId trace, string silo, string name)
    {
        var id = new byte[16];
        trace.CopyTo(id);
        return collector.HasTraces(id, Encoding.UTF8.GetBytes(silo), Encoding.UTF8.GetBytes(name));
    }

    private static Task ArrivesAsync(Func<bool> hasArrived) => Eventually.Holds("waiting for what silos send", Bound, hasArrived, static () => "not there");

    private async Task PutAsync(Uri silo, ActivityTraceId? trace = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, silo) { Content = new StringContent("""{"foo":"bar"}""") };
        if (trace is { } id)
        {
            request.Headers.Add("traceparent", $"00-{id}-{ActivitySpanId.CreateRandom()}-01");
        }

        using var answer = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private Task<PrometheusScrape> ScrapeAsync(Uri silo, Predicate<PrometheusScrape> isEnough) => Eventually.IsAsync(
        "waiting until a scrape shows what has happened",
        async () => PrometheusScrape.Parse(await _http.GetStringAsync(new Uri(silo, "/metrics"))), isEnough, Bound);

    private static Uri AddressOf(LocalClusterProcesses cluster, string peer) => cluster.Layout.Find(peer)!.HttpAddress;
}
