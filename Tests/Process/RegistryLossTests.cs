using AllData.Silo.LocalCluster;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>The cluster database is lost after a kill of everything; the data directories hold what is needed to make the registry again.</summary>
[Collection(ClusterProcessTests.Name)]
public sealed class RegistryLossTests(ITestOutputHelper output)
{
    private const int InFlight = 8;

    private static readonly TimeSpan RunBound = TimeSpan.FromMinutes(2);

    public enum Loss
    {
        /// <summary>The file is deleted, its log and the log's index stay.</summary>
        FileDeleted,

        /// <summary>All three are deleted.</summary>
        AllDeleted,

        /// <summary>The file is emptied.</summary>
        Emptied,

        /// <summary>The log is deleted.</summary>
        LogDeleted,

        /// <summary>The file is overwritten with what is no database.</summary>
        Overwritten,
    }

    [Theory]
    [InlineData(1, Loss.AllDeleted)]
    [InlineData(1, Loss.Emptied)]
    [InlineData(1, Loss.LogDeleted)]
    [InlineData(3, Loss.FileDeleted)]
    [InlineData(3, Loss.Overwritten)]
    public async Task A_lost_cluster_database_is_refused_with_the_command_that_rebuilds_it_and_then_everything_goes_on(int peers, Loss loss)
    {
        await using var cluster = await LocalClusterProcesses.StartAsync(peers);
        var record = new LoadRecord();
        await PutAsync(cluster, record);
        await cluster.KillAllAsync();
        Lose(cluster.Layout.DatabaseFile, loss);

        await IsRefusedAsync(cluster);
        if (loss == Loss.Overwritten)
        {
            File.Move(cluster.Layout.DatabaseFile, cluster.Layout.DatabaseFile + ".damaged");
            File.Delete(cluster.Layout.DatabaseFile + "-wal");
            File.Delete(cluster.Layout.DatabaseFile + "-shm");
        }

        var rebuilt = await RebuildAsync(cluster.Layout);
        Assert.True(rebuilt.ExitCode == 0, rebuilt.Output + rebuilt.Errors);
        Assert.Contains($"with {peers} registered", rebuilt.Output, StringComparison.Ordinal);
        if (loss == Loss.AllDeleted)
        {
            var again = await RebuildAsync(cluster.Layout);
            Assert.Equal(1, again.ExitCode);
            Assert.Contains("has a state already", again.Errors, StringComparison.Ordinal);
        }

        await cluster.StartAllAsync();
        await PutAsync(cluster, record);
        Assert.Empty(record.IssuedTwice);
        Assert.All(await cluster.StopAllAsync(), code => Assert.Equal(0, code));
        var census = await ReplicaCensus.TakeAsync(cluster.Layout);
        Assert.All(record.Acknowledged, told => Assert.Contains(told.Value, census.Events[told.Key].Copies.Select(copy => copy.Digest)));
        if (peers > 1)
        {
            Acknowledged.AreKept(record, census, output);
        }
    }

    private static async Task PutAsync(LocalClusterProcesses cluster, LoadRecord record)
    {
        await using var load = await LoadDriver.StartAsync(cluster.Layout.Peers, InFlight, record, withFreshKeys: true);
        await load.AcknowledgesAsync("in a whole cluster", TestSizes.PhaseAcknowledgements / 5);
        await load.StopAsync();
    }

    private async Task IsRefusedAsync(LocalClusterProcesses cluster)
    {
        await using var refused = SiloProcess.Start(cluster.Layout, cluster.Layout.Peers[0]);
        Assert.Equal(1, await refused.EndsAsync());

        // Alone on its line, after what the log says.
        var sentence = Assert.Single(refused.Lines, line => line.StartsWith("The cluster database", StringComparison.Ordinal));
        Assert.Contains("rebuild-registry --data", sentence, StringComparison.Ordinal);
        output.WriteLine(sentence);
        Assert.Contains(cluster.Layout.DatabaseFile, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("empty data directory", sentence, StringComparison.Ordinal);
    }

    private static Task<ProgramRun> RebuildAsync(LocalClusterLayout layout) => ProgramRun.DotnetAsync(
        RunBound, layout.Data, Path.Combine(AppContext.BaseDirectory, "AllData.Silo.dll"), "rebuild-registry", "--data", layout.Data);

    private static void Lose(string file, Loss loss)
    {
        switch (loss)
        {
            case Loss.FileDeleted:
                File.Delete(file);
                break;
            case Loss.AllDeleted:
                File.Delete(file);
                File.Delete(file + "-wal");
                File.Delete(file + "-shm");
                break;
            case Loss.Emptied:
                File.WriteAllBytes(file, []);
                break;
            case Loss.LogDeleted:
                File.Delete(file + "-wal");
                File.Delete(file + "-shm");
                break;
            default:
                // With its log SQLite would read all pages from there: nothing would be lost.
                File.Delete(file + "-wal");
                File.Delete(file + "-shm");
                File.WriteAllText(file, string.Concat(Enumerable.Repeat("This is no database. ", 500)));
                break;
        }
    }
}
