using System.Diagnostics;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>Silos that find each other through PostgreSQL, which goes away and comes back.</summary>
[Collection(ProcessTests.Name)]
public sealed class DatabaseOutageTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int InFlight = 16;
    private const int NoticesOfOutage = 3;
    private const string Killed = "north-b";

    private static readonly TimeSpan NoticeBound = TimeSpan.FromMinutes(1);

    private readonly PostgreSqlServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public Task Puts_go_on_throughout_while_a_silo_is_killed_and_PostgreSQL_is_stopped_and_started_again() => PutThroughoutAsync(
        async (cluster, load) =>
        {
            await KillAsync(cluster, load);
            await SiloMembership.DeclaresDeadAsync(load, Killed);
            await StopDatabaseAsync(cluster, load);
        });

    [Fact]
    public Task Puts_go_on_throughout_while_a_killed_silo_cannot_be_declared_dead_because_PostgreSQL_is_away() => PutThroughoutAsync(
        async (cluster, load) =>
        {
            await StopDatabaseAsync(cluster, load);
            await KillAsync(cluster, load);
        });

    /// <summary>Puts while the outage begins, lasts and ends, and after the killed silo's return.</summary>
    private async Task PutThroughoutAsync(Func<LocalClusterProcesses, LoadDriver, Task> outage)
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(
            3, "--AllData:Cluster:Provider=PostgreSql", $"--AllData:Cluster:ConnectionString={await _server.CreateDatabaseAsync()}");
        var record = new LoadRecord();
        await using (var load = await LoadDriver.StartAsync(cluster.Layout.Peers, InFlight, record))
        {
            await load.AcknowledgesAsync("before anything fails", TestSizes.PhaseAcknowledgements);
            await outage(cluster, load);
            await _server.StartAsync();
            await load.AcknowledgesAsync("with PostgreSQL back", TestSizes.PhaseAcknowledgements);
            await cluster.RestartAsync(Killed);
            await load.UseAsync(Killed);
            await load.AcknowledgesAsync("after the silo's return", TestSizes.PhaseAcknowledgements);
            var dead = await SiloMembership.DeadAsync(load.Grains);
            await load.StopAsync();
            Report(record, dead);

            Assert.Equal([Killed], dead);
            Assert.All(cluster.Silos, silo => Assert.False(silo.HasEnded, silo.Tail()));
            Assert.DoesNotContain(record.FailuresBeside(Killed), static failure => !failure.IsUndecided);
            Assert.Empty(record.GivenUp);
            Assert.Empty(record.IssuedTwice);
        }

        Assert.All(await cluster.StopAllAsync(), code => Assert.Equal(0, code));
        Acknowledged.AreKept(record, await ReplicaCensus.TakeAsync(cluster.Layout), output);
    }

    private static async Task KillAsync(LocalClusterProcesses cluster, LoadDriver load)
    {
        cluster[Killed].Kill();
        await load.AcknowledgesAsync("right after a silo was killed", TestSizes.PhaseAcknowledgements);
    }

    /// <summary>Stops PostgreSQL until every living silo has met its absence several times, and puts meanwhile and after.</summary>
    private async Task StopDatabaseAsync(LocalClusterProcesses cluster, LoadDriver load)
    {
        var watch = Stopwatch.StartNew();
        await _server.StopAsync();
        await load.AcknowledgesAsync("right after PostgreSQL was stopped", TestSizes.PhaseAcknowledgements);
        foreach (var silo in cluster.Silos.Where(silo => !silo.HasEnded))
        {
            await Eventually.IsAsync(
                $"{silo.Peer.Id} notices that PostgreSQL is away",
                () => silo.Lines.Count(TellsOfOutage),
                notices => notices >= NoticesOfOutage,
                NoticeBound);
        }

        await load.AcknowledgesAsync("without PostgreSQL", TestSizes.PhaseAcknowledgements);
        output.WriteLine($"PostgreSQL away for {watch.Elapsed.TotalSeconds:0.0} s so far");
    }

    // A failure to connect is told in one sentence; others come with their type.
    private static bool TellsOfOutage(string line) =>
        line.Contains("Failed to connect to", StringComparison.Ordinal) || line.Contains("Npgsql", StringComparison.Ordinal);

    private void Report(LoadRecord record, string[] dead) => output.WriteLine(
        $"{record.Count} acknowledged, {InFlight} in flight, longest pause {record.LongestPause.TotalSeconds:0.00} s; {record.Failures.Count} failed "
        + $"and made again; declared dead: {string.Join(", ", dead)}");
}
