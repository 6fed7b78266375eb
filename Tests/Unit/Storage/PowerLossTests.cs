using AllData.Storage;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The power fails while blocks are written to SQLite.</summary>
public sealed class PowerLossTests : PowerLossContract
{
    private readonly SqliteEngineHarness _harness = new();
    private readonly FaultyVfs _vfs = new(foundFilesAreDurable: false);

    private protected override string Directory => _harness.Path;

    public override void Dispose()
    {
        _vfs.Dispose();
        _harness.Dispose();
    }

    private protected override IReplicaStore OpenStore(bool flush)
    {
        _harness.Seams = new SqliteSeams { Flush = flush };
        return _harness.OpenStore(new StorageOptions { CheckpointBytes = 30_000 });
    }

    private protected override void WriteImage(string target, Random? random) => _harness.Vfs.WritePowerLossImage(_harness.Path, target, random);

    private protected override (IReplicaStore Store, Action<string> WriteImage) OpenKilled(string path) =>
        (SqliteEngineHarness.OpenAt(path, _vfs.Name), target => _vfs.WritePowerLossImage(path, target, random: null));

    private protected override IReplicaStore OpenAt(string path) => SqliteEngineHarness.OpenAt(path, vfs: null);
}
