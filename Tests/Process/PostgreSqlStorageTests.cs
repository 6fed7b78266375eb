using AllData.Events;
using AllData.Intervals;
using AllData.Reading;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Silos whose replicas lie in PostgreSQL, a schema for each peer on one server.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class PostgreSqlStorageTests(StorageServer server, ITestOutputHelper output) : IClassFixture<StorageServer>
{
    private const int Peers = 3;
    private const int InFlight = 16;
    private const int Quorum = 2;

    [Fact]
    public async Task Events_are_put_got_scanned_and_listed_through_a_restart_of_the_server()
    {
        var record = new LoadRecord();
        await using var cluster = await LocalClusterProcesses.StartAsync(
            Peers, "--AllData:Storage:Provider=PostgreSql", $"--AllData:Storage:ConnectionString={server.ConnectionString}");
        await using (var load = await LoadDriver.StartAsync(cluster.Layout.Peers, InFlight, record))
        {
            await load.AcknowledgesAsync("before anything fails", TestSizes.PhaseAcknowledgements);
            await server.Server.KillAsync();
            await server.Server.StartAsync();
            await load.AcknowledgesAsync("with the server back", TestSizes.PhaseAcknowledgements);
            await load.StopAsync();
            output.WriteLine(
                $"{record.Acknowledged.Count} acknowledged, {record.Failures.Count} failed and made again, longest pause "
                    + $"{record.LongestPause.TotalSeconds:0.0} s");
            Assert.Empty(record.GivenUp);
            await CheckReadingAsync(load.Grains, record);
            await CheckIntervalsAsync(load.Grains, cluster);
        }

        Assert.All(cluster.Silos, silo => Assert.False(silo.HasEnded, silo.Tail()));
        Assert.All(await cluster.StopAllAsync(), code => Assert.Equal(0, code));
        CheckStored(cluster, record);
    }

    private static async Task CheckReadingAsync(IGrainFactory grains, LoadRecord record)
    {
        var reader = grains.CreateEventReader();
        var scan = reader.Scan(ScanRange.All);
        var scanned = new List<KeyValuePair<EventKey, EventDigest>>();
        await foreach (var e in scan)
        {
            scanned.Add(new(e.Key, EventDigest.Of(e.Key, e.Payload.Span)));
        }

        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));
        Assert.Equal(scanned.Select(e => e.Key).Distinct().Order(), scanned.Select(e => e.Key));
        Assert.Empty(record.Acknowledged.Except(scanned));

        var (key, digest) = record.Acknowledged.First();
        var got = Assert.Single((await reader.GetAsync(key)).Events);
        Assert.Equal(digest, EventDigest.Of(key, got.Payload.Bytes));
    }

    private static async Task CheckIntervalsAsync(IGrainFactory grains, LocalClusterProcesses cluster)
    {
        foreach (var peer in cluster.Layout.Peers)
        {
            var held = await grains.GetReplica(peer.Id).GetIntervals();
            Assert.All(held, interval => Assert.Equal((IntervalState.Open, null), (interval.State, interval.Damage)));
            Assert.Contains(held, interval => interval.Events > 0 && interval.Location.Contains(SchemaOf(peer.Id.Value), StringComparison.Ordinal));
        }
    }

    private void CheckStored(LocalClusterProcesses cluster, LoadRecord record)
    {
        var copies = new Dictionary<KeyValuePair<EventKey, EventDigest>, int>();
        foreach (var peer in cluster.Layout.Peers)
        {
            var stored = StoredBlocks.ReadPostgreSql(server.ConnectionString, SchemaOf(peer.Id.Value));
            Assert.Empty(stored.Wrong);
            foreach (var e in stored.Events.Distinct())
            {
                copies[e] = copies.GetValueOrDefault(e) + 1;
            }
        }

        Assert.Empty(record.Acknowledged.Where(told => copies.GetValueOrDefault(told) < Quorum));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(cluster.Layout.Data, "*.db", SearchOption.AllDirectories), file => file.Contains("intervals", StringComparison.Ordinal));
    }

    private static string SchemaOf(string peer) => "alldata_" + peer.Replace('-', '_');
}
