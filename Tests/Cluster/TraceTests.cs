using System.Diagnostics;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Silo.Telemetry;
using AllData.Tests.Support;
using Orleans.Hosting;
using Xunit.Abstractions;

namespace AllData.Tests.Cluster;

/// <summary>One trace over the application's client, the silo that takes the put, and the peers.</summary>
public sealed class TraceTests(ITestOutputHelper output)
{
    private const string GrainCalls = "Microsoft.Orleans.Application";
    private const string Dead = "west-c";

    private static readonly EventPayload Payload = EventPayload.FromText("""{"foo":"bar"}""");
    private static readonly PutOptions All = new() { Level = CommitLevel.All };

    // The silo program's own way, and Orleans', which a host of its own uses. Each understands a client that uses Orleans'.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_put_with_a_dead_peer_and_a_scan_are_traces_from_the_caller_to_the_peers(bool isOfProgram)
    {
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..4], silos: silo => Propagate(silo, isOfProgram), clients: static client => client.AddActivityPropagation());
        await using var client = new AllDataClient(cluster.Client);
        await client.PutAsync(Payload, All);
        await cluster.KillAsync(Dead);

        // Not each block is meant for the dead peer.
        var isReplaced = false;
        for (var i = 0; i < 100 && !isReplaced; i++)
        {
            using var spans = new RecordedSpans(AllDataTelemetry.ClientSource, AllDataTelemetry.ServerSource, GrainCalls);
            await client.PutAsync(Payload, All);
            var put = Assert.Single(await spans.EndedAsync("alldata.put", 1));
            await spans.EndedAsync("alldata.replica.append", 3);
            var attempts = spans.Of("alldata.replica.append").Where(a => a.ParentSpanId == put.SpanId).ToList();
            isReplaced = attempts.Exists(static a => Tag(a, "alldata.replica.replaces") == Dead);
            if (isReplaced)
            {
                output.WriteLine(spans.ToTree());
                VerifyPut(spans, put, attempts);
            }
        }

        Assert.True(isReplaced, "No block was meant for the dead peer.");
        await ScanAsync(cluster);
    }

    private static void Propagate(ISiloBuilder silo, bool isOfProgram)
    {
        if (isOfProgram)
        {
            silo.AddTelemetry(new TelemetryOptions { OtlpEndpoint = "http://127.0.0.1:9", TraceRatio = 1 });
        }
        else
        {
            silo.AddActivityPropagation();
        }
    }

    private static void VerifyPut(RecordedSpans spans, Activity put, List<Activity> attempts)
    {
        // Caller → batch → call to the coordinator (client, server) → put.
        Assert.Equal(
            ["alldata.batch", spans.Root.OperationName],
            Ancestors(spans, put).Where(static a => a.Source.Name != GrainCalls && a.Kind != ActivityKind.Server).Select(static a => a.OperationName));
        Assert.Equal(("1", "all", "stored", "relaxed"),
            (Tag(put, "alldata.event.count"), Tag(put, "alldata.put.level"), Tag(put, "alldata.put.outcome"), Tag(put, "alldata.put.adherence")));
        Assert.Equal(3, attempts.Count(static a => Tag(a, "alldata.replica.outcome") == "stored"));
        Assert.All(attempts, static a => Assert.Contains(AllDataCluster.Six, peer =>
            (peer.Id, peer.Zone, peer.Region) == (Tag(a, "alldata.peer.id"), Tag(a, "alldata.peer.zone"), Tag(a, "alldata.peer.region"))));

        // Whether the dead peer is asked first depends on whether its silo is known to be dead.
        foreach (var dead in attempts.Where(static a => Tag(a, "alldata.peer.id") == Dead))
        {
            Assert.Equal("no_answer", Tag(dead, "alldata.replica.outcome"));
            Assert.NotNull(Tag(dead, "alldata.replica.replaced_by"));
        }

        // The spans of the peers' silos are below the attempts: the context went with the call.
        Assert.Contains(spans.Ended, s => s.Kind == ActivityKind.Server && Ancestors(spans, s).Any(a => attempts.Contains(a)));
        Assert.All(spans.Ended, static s => Assert.DoesNotContain(s.TagObjects, static tag => $"{tag.Value}".Contains("foo", StringComparison.Ordinal)));
    }

    private async Task ScanAsync(AllDataCluster cluster)
    {
        using var spans = new RecordedSpans(AllDataTelemetry.ServerSource, GrainCalls);
        var events = await cluster.Client.CreateEventReader().Scan(ScanRange.All).ToListAsync();

        var scan = Assert.Single(await spans.EndedAsync("alldata.scan", 1));
        output.WriteLine(spans.ToTree());
        Assert.Equal($"{events.Count}", Tag(scan, "alldata.event.count"));
        Assert.Equal(spans.Root, Ancestors(spans, scan).Last());
        Assert.Contains(spans.Ended, s => s.Kind is ActivityKind.Client or ActivityKind.Server && s.ParentSpanId == scan.SpanId);
    }

    private static IEnumerable<Activity> Ancestors(RecordedSpans spans, Activity span)
    {
        var all = spans.Ended.Append(spans.Root).ToDictionary(static s => s.SpanId);
        while (all.TryGetValue(span.ParentSpanId, out var parent))
        {
            yield return span = parent;
        }
    }

    private static string? Tag(Activity span, string name) => span.GetTagItem(name)?.ToString();
}
