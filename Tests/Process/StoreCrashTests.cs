using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>
/// A process that writes to a store is killed again and again, and so is the server behind it: every acknowledged block is there, intact and
/// once, and the buckets are what recounting gives.
/// </summary>
[Collection(SingleProcessTests.Name)]
public sealed class StoreCrashTests(StorageServer server) : IClassFixture<StorageServer>, IDisposable
{
    private const int Seed = 20260105;
    private const int MaxBlocksBeforeKill = 120;

    private readonly StorageFolder _folder = new();
    private readonly HashSet<string> _acknowledged = [];
    private int _lastIncarnation;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task A_process_that_writes_to_SQLite_is_killed_and_nothing_acknowledged_is_lost() => KillWriters(connection: null);

    [Fact]
    public Task A_process_that_writes_to_logs_is_killed_and_nothing_acknowledged_is_lost() => KillWriters(BlockWriterProgram.Logs);

    [Fact]
    public Task A_process_that_writes_to_PostgreSQL_is_killed_and_nothing_acknowledged_is_lost()
    {
        using var empty = new PostgreSqlEngineHarness(server.ConnectionString);
        return KillWriters(server.ConnectionString);
    }

    [Fact]
    public async Task A_PostgreSQL_server_is_killed_and_nothing_acknowledged_is_lost()
    {
        using (new PostgreSqlEngineHarness(server.ConnectionString))
        {
        }

        var random = new Random(Seed);
        using var writer = BlockWriterProcess.Start(_folder.Path, server.ConnectionString);
        for (var kill = 0; kill < TestSizes.ServerKills; kill++)
        {
            await writer.ReadAsync(random.Next(1, MaxBlocksBeforeKill));
            await server.Server.KillAsync();
            await server.Server.StartAsync();
        }

        await writer.ReadAsync(1);
        await writer.KillAsync();
        await Check(writer, server.ConnectionString, $"{TestSizes.ServerKills} deaths of the server");
    }

    private async Task KillWriters(string? connection)
    {
        var random = new Random(Seed);
        for (var kill = 1; kill <= TestSizes.StoreKills; kill++)
        {
            using var writer = BlockWriterProcess.Start(_folder.Path, connection);

            // None at all: killed just after it has opened its store, and with it what the one before had left.
            await writer.ReadAsync(random.Next(MaxBlocksBeforeKill));
            await writer.KillAsync();
            await Check(writer, connection, $"kill {kill}");
        }
    }

    private async Task Check(BlockWriterProcess writer, string? connection, string when)
    {
        Assert.Empty(writer.Unexpected);
        Assert.True(writer.Incarnation > _lastIncarnation, $"{when}: incarnation {writer.Incarnation} comes after {_lastIncarnation}");
        _lastIncarnation = writer.Incarnation;
        Assert.All(writer.Acknowledged, id => Assert.True(_acknowledged.Add(id), $"{when}: block {id} was acknowledged twice"));

        await using (var store = BlockWriterProgram.Open(_folder.Path, connection))
        {
            var read = 0L;
            foreach (var interval in store.Intervals)
            {
                await foreach (var block in store.ReadBlocksAsync(interval))
                {
                    read++;
                }
            }

            Assert.Equal((read, 0), (store.Statistics.Blocks, store.Statistics.DamagedBlocks));
        }

        var stored = connection switch
        {
            null => StoredBlocks.ReadSqlite(_folder.Path),
            BlockWriterProgram.Logs => StoredBlocks.ReadLogs(_folder.Path),
            _ => StoredBlocks.ReadPostgreSql(connection),
        };
        Assert.True(stored.Wrong.Count == 0, $"{when}: {string.Join("; ", stored.Wrong.Take(5))}");
        var lost = _acknowledged.Except(stored.Ids.Select(id => id.ToString())).ToList();
        Assert.True(lost.Count == 0, $"{when}: {lost.Count} of {_acknowledged.Count} acknowledged blocks are lost, as {string.Join(", ", lost.Take(3))}");
        Assert.Empty(NumberCensus.FaultsOf(_folder.Path, stored.Ids).Select(fault => $"{when}: {fault}"));
    }
}
