using System.Collections.Concurrent;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Readers that follow real silos while these are killed and hang.</summary>
[Collection(ProcessTests.Name)]
public sealed class FollowProcessTests(ITestOutputHelper output) : IDisposable
{
    private const int InFlight = 64;
    private const string Killed = "north-b";
    private const string Hanging = "west-c";

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<EventKey> _acknowledged = [];
    private volatile bool _isStopping;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Each_reader_gets_every_event_once_in_order_while_silos_are_killed_and_hang()
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(3);
        await using var connection = await new OrleansConnector(TimeProvider.System).ConnectAsync(AddressOf(cluster), CancellationToken.None);
        List<FollowingReader> readers = [.. ReadersOf(cluster, connection.Grains)];
        await using (var client = new AllDataClient(connection.Grains))
        {
            var workers = Enumerable.Range(0, InFlight).Select(_ => PutAsync(client)).ToList();
            await AcknowledgesAsync("before the kill");
            cluster[Killed].Kill();
            await Eventually.IsAsync("the killed peer is named", () => readers[0].Waits, static waits => waits.Contains(Killed), Bound);
            await cluster[Killed].EndsAsync();
            await cluster.RestartAsync(Killed);
            await AcknowledgesAsync("after its return");
            cluster[Hanging].Pause();
            await Eventually.IsAsync(
                "a reader waits for the silo that hangs", () => readers.Any(static r => r.Waits.Contains(Hanging)), static waits => waits, Bound);
            cluster[Hanging].Continue();
            await AcknowledgesAsync("after it goes on");
            _isStopping = true;
            await Task.WhenAll(workers).WaitAsync(Bound);
        }

        var stored = await ScanAsync(cluster, connection.Grains);
        Assert.Empty(_acknowledged.Except(stored));
        foreach (var reader in readers)
        {
            await Eventually.IsAsync($"{reader.Name} has the last event", () => reader.Position, key => key >= stored[^1], Bound);
            await Eventually.IsAsync($"{reader.Name} has all events", () => reader.Seen.Count, count => count >= stored.Count, Bound);
            var seen = reader.Seen;
            var late = seen.Count(static e => e.Position != e.Key);
            output.WriteLine($"{reader.Name}: {seen.Count} of {stored.Count} stored events, {_acknowledged.Count} of them acknowledged, {late} late");
            Assert.Equal(stored, seen.Select(static e => e.Key).Order());

            // What a killed silo had not written yet is put again under its keys by another silo, and is late there.
            Assert.Equal(seen.OrderBy(static e => e.Position), seen);
            Assert.Equal(readers[0].Seen, seen);
        }

        await _stop.CancelAsync();
        await Task.WhenAll(readers.Select(static r => r.Running)).WaitAsync(Bound);
    }

    private IEnumerable<FollowingReader> ReadersOf(LocalClusterProcesses cluster, IGrainFactory grains)
    {
        List<Uri> silos = [.. cluster.Layout.Peers.Select(static p => p.HttpAddress)];
        yield return FollowingReader.OfClient("an application", grains, _stop.Token);
        yield return FollowingReader.OfClient("another application", grains, _stop.Token);
        for (var i = 0; i < silos.Count; i++)
        {
            yield return FollowingReader.OfHttp($"lines of silo {i}", [.. silos[i..], .. silos[..i]], isBrowser: false, _stop.Token);
        }

        yield return FollowingReader.OfHttp("a browser", [silos[1], silos[2], silos[0]], isBrowser: true, _stop.Token);
    }

    private static ClusterAddress AddressOf(LocalClusterProcesses cluster) => new(
        [.. cluster.Layout.Peers.Select(static peer => new GatewayAddress("127.0.0.1", peer.GatewayPort))], ClusterAddress.DefaultId, ClusterAddress.DefaultId,
        TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15));

    private async Task PutAsync(AllDataClient client)
    {
        await Task.Yield();
        while (!_isStopping)
        {
            try
            {
                _acknowledged.Add((await client.PutAsync(EventPayload.FromText("{\"a\":1}"))).Key);
            }
            catch (Exception e) when (e is Errors.PutException or TimeoutException)
            {
                // Not acknowledged: it may be read or not.
            }
        }
    }

    private Task AcknowledgesAsync(string when)
    {
        var until = _acknowledged.Count + TestSizes.PhaseAcknowledgements;
        return Eventually.IsAsync($"{TestSizes.PhaseAcknowledgements} acknowledgements {when}", () => _acknowledged.Count, count => count >= until, Bound);
    }

    private static async Task<List<EventKey>> ScanAsync(LocalClusterProcesses cluster, IGrainFactory grains)
    {
        var keys = new List<EventKey>();
        await Eventually.Succeeds("a complete scan", Bound, async () =>
        {
            // A silo that hung for too long finds itself declared dead and ends.
            await cluster.RestartEndedAsync();
            keys.Clear();
            var scan = grains.CreateEventReader().Scan(ScanRange.All);
            await foreach (var e in scan)
            {
                keys.Add(e.Key);
            }

            Assert.True(scan.Outcome.IsComplete, string.Join(" ", scan.Outcome.Doubts));
        });
        return keys;
    }
}
