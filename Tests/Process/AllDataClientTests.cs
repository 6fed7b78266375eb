using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>The batching client while one of its gateways dies.</summary>
[Collection(ProcessTests.Name)]
public sealed class AllDataClientTests(ITestOutputHelper output)
{
    private const int InFlight = 256;
    private const string Killed = "north-b";

    private static readonly TimeSpan ConnectBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PhaseBound = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<EventKey, string> _acknowledged = new();
    private readonly ConcurrentQueue<Exception> _failures = new();
    private int _next;
    private volatile bool _isStopping;

    [Fact]
    public async Task No_put_fails_and_no_event_is_lost_or_doubled_while_a_gateway_is_killed()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(3);
        await using var connection = await ConnectAsync(cluster);
        await using (var client = new AllDataClient(connection.Grains))
        {
            var workers = Enumerable.Range(0, InFlight).Select(_ => PutAsync(client)).ToList();
            await AcknowledgesAsync("before the kill", TestSizes.PhaseAcknowledgements * 4);
            await UsesAsync(connection.Grains, Killed);
            cluster[Killed].Kill();
            var watch = Stopwatch.StartNew();
            await AcknowledgesAsync("after the kill", TestSizes.PhaseAcknowledgements * 20);
            output.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s after the kill");
            _isStopping = true;
            await Task.WhenAll(workers).Soon();
        }

        Assert.Empty(_failures);
        var stored = await ScanAsync(connection.Grains);
        output.WriteLine($"{_acknowledged.Count} acknowledged, {stored.Count} stored, through {string.Join(", ", Shares())}");
        Assert.Equal(_acknowledged.OrderBy(static e => e.Key), stored);
        Assert.Equal(_next, stored.Select(static e => e.Value).Distinct().Count());
    }

    private static Task<IClusterConnection> ConnectAsync(LocalClusterProcesses cluster) => new OrleansConnector(TimeProvider.System).ConnectAsync(
        new ClusterAddress(
            [.. cluster.Layout.Peers.Select(static peer => new GatewayAddress("127.0.0.1", peer.GatewayPort))],
            ClusterAddress.DefaultId,
            ClusterAddress.DefaultId,
            ConnectBound,
            AnswerBound),
        CancellationToken.None);

    private async Task PutAsync(AllDataClient client)
    {
        await Task.Yield();
        while (!_isStopping)
        {
            var text = $$"""{"n":{{Interlocked.Increment(ref _next)}},"text":"{{new string('x', 160)}}"}""";
            try
            {
                _acknowledged[(await client.PutAsync(EventPayload.FromText(text))).Key] = text;
            }
            catch (Exception e)
            {
                _failures.Enqueue(e);
                return;
            }
        }
    }

    private async Task UsesAsync(IGrainFactory grains, string peer)
    {
        var ordinal = (await grains.GetPeerRegistry().GetTopology()).Peers.Single(one => one.Id.Value == peer).Ordinal;
        await Eventually.IsAsync(
            $"the gateway of {peer} is used",
            () => (_acknowledged.Count, ByIt: _acknowledged.Keys.Count(key => key.Ordinal == ordinal)),
            static now => now.ByIt > 0,
            PhaseBound);
    }

    private async Task AcknowledgesAsync(string phase, int more)
    {
        var until = _acknowledged.Count + more;
        var (count, failure) = await Eventually.IsAsync(
            $"{more} more acknowledgements {phase}",
            () => (_acknowledged.Count, Failure: _failures.FirstOrDefault()),
            now => now.Count >= until || now.Failure is not null,
            PhaseBound);
        Assert.True(failure is null, $"After {count} acknowledgements a put failed {phase}: {failure}");
    }

    // Through the silos that are left: every acknowledged event is on at least one of them.
    private static async Task<List<KeyValuePair<EventKey, string>>> ScanAsync(IGrainFactory grains)
    {
        var found = new List<KeyValuePair<EventKey, string>>();
        await Eventually.Succeeds("a scan through the silos that are left", PhaseBound, async () =>
        {
            found.Clear();
            await foreach (var e in grains.CreateEventReader().Scan(ScanRange.All))
            {
                found.Add(KeyValuePair.Create(e.Key, Encoding.UTF8.GetString(e.Payload.Span)));
            }
        });
        return found;
    }

    private IEnumerable<string> Shares() =>
        _acknowledged.Keys.GroupBy(static key => key.Ordinal).OrderBy(static group => group.Key).Select(static group => $"{group.Key}: {group.Count()}");
}
