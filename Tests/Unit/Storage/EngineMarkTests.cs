using AllData.Storage;
using AllData.Storage.Opening;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>A peer's events are with one engine: with the other one its store would be empty, and said to be complete.</summary>
public sealed class EngineMarkTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(StorageProvider.Sqlite)]
    [InlineData(StorageProvider.PostgreSql)]
    public void A_directory_without_events_takes_either_engine(StorageProvider provider)
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
}
