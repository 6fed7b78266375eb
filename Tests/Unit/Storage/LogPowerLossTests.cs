using AllData.Storage;
using AllData.Storage.Log;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>The power fails while blocks are written to the log store.</summary>
public sealed class LogPowerLossTests : PowerLossContract
{
    private readonly LogEngineHarness _harness = new();

    private protected override string Directory => _harness.Path;

    public override void Dispose() => _harness.Dispose();

    private protected override IReplicaStore OpenStore(bool flush)
    {
        _harness.Seams = new LogSeams { Flush = flush };
        return _harness.OpenStore(new StorageOptions { CheckpointBytes = 30_000 });
    }

    private protected override void WriteImage(string target, Random? random) => _harness.Disk.WritePowerLossImage(_harness.Path, target, random);

    private protected override (IReplicaStore Store, Action<string> WriteImage) OpenKilled(string path)
    {
        var disk = new FaultyLogDisk(foundFilesAreDurable: false);
        return (LogEngineHarness.OpenAt(path, disk), target => disk.WritePowerLossImage(path, target, random: null));
    }

    private protected override IReplicaStore OpenAt(string path) => LogEngineHarness.OpenAt(path);
}
