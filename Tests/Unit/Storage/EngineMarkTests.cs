using AllData.Peers;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Opening;
using AllData.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Unit.Storage;

/// <summary>A peer's events are with one engine: with the other one its store would be empty, and said to be complete.</summary>
public sealed class EngineMarkTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(StorageProvider.Sqlite)]
    [InlineData(StorageProvider.PostgreSql)]
    [InlineData(StorageProvider.Log)]
    public void A_directory_without_events_takes_any_engine(StorageProvider provider)
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "intervals"));

        EngineMark.ThrowIfOther(_directory.Path, provider);
    }

    [Fact]
    public void A_directory_with_interval_files_refuses_PostgreSQL()
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_directory.Path, "intervals")).FullName, "20260105T000000.db"), "");

        var error = Assert.Throws<ReplicaStoreException>(() => EngineMark.ThrowIfOther(_directory.Path, StorageProvider.PostgreSql));
        Assert.Contains("has events in SQLite files", error.Message, StringComparison.Ordinal);
        EngineMark.ThrowIfOther(_directory.Path, StorageProvider.Sqlite);
    }

    [Fact]
    public void A_directory_whose_peer_used_PostgreSQL_refuses_SQLite()
    {
        EngineMark.Remember(_directory.Path, StorageProvider.Sqlite);
        EngineMark.ThrowIfOther(_directory.Path, StorageProvider.Sqlite);
        EngineMark.Remember(_directory.Path, StorageProvider.PostgreSql);
        EngineMark.Remember(_directory.Path, StorageProvider.PostgreSql);

        var error = Assert.Throws<ReplicaStoreException>(() => EngineMark.ThrowIfOther(_directory.Path, StorageProvider.Sqlite));
        Assert.Contains("has its events in PostgreSQL", error.Message, StringComparison.Ordinal);
        EngineMark.ThrowIfOther(_directory.Path, StorageProvider.PostgreSql);
    }

    [Theory]
    [InlineData("events-in-logs")]
    [InlineData("intervals/20260105T000000.0001.segment")]
    [InlineData("intervals/20260105T000000.log")]
    public void A_directory_with_logs_refuses_the_other_engines(string file)
    {
        var path = Path.Combine(_directory.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");

        foreach (var provider in new[] { StorageProvider.Sqlite, StorageProvider.PostgreSql })
        {
            var error = Assert.Throws<ReplicaStoreException>(() => EngineMark.ThrowIfOther(_directory.Path, provider));
            Assert.Contains("has events in logs", error.Message, StringComparison.Ordinal);
        }

        EngineMark.ThrowIfOther(_directory.Path, StorageProvider.Log);
    }

    // No server is asked: it is refused before.
    [Fact]
    public async Task A_store_is_not_opened_with_the_other_engine()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "intervals"));
        await using (var store = Open(StorageProvider.Sqlite))
        {
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(0))).Status);
        }

        foreach (var other in new[] { StorageProvider.PostgreSql, StorageProvider.Log })
        {
            Assert.Contains("has events in SQLite files", Assert.Throws<ReplicaStoreException>(() => Open(other)).Message, StringComparison.Ordinal);
        }

        await Open(StorageProvider.Sqlite).DisposeAsync();
    }

    [Theory]
    [InlineData(StorageProvider.Sqlite)]
    [InlineData(StorageProvider.Log)]
    public async Task Without_a_choice_the_files_of_the_directory_decide(StorageProvider provider)
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "intervals"));
        await using (var store = Open(provider))
        {
            Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.One(0))).Status);
        }

        await using var again = Open(provider: null);
        Assert.Equal(1, again.Statistics.Blocks);
    }

    [Fact]
    public void A_directory_whose_events_are_in_PostgreSQL_is_refused_without_a_choice()
    {
        EngineMark.Remember(_directory.Path, StorageProvider.PostgreSql);

        Assert.Contains("has its events in PostgreSQL", Assert.Throws<ReplicaStoreException>(() => Open(provider: null)).Message, StringComparison.Ordinal);
    }

    private IReplicaStore Open(StorageProvider? provider) =>
        new ReplicaStoreFactory(
            new StorageOptions { Provider = provider }, minFreeBytes: 0, StorageSeams.None, TimeProvider.System, NullLoggerFactory.Instance).Open(
            _directory.Path, new ReplicaStoreIdentity(PeerId.Parse("north-a"), TestBlocks.Cluster, TimeSpan.FromHours(1)));
}
