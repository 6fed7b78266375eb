using AllData.Peers;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Replica;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Support;

/// <summary>Replica stores over engines that are tested.</summary>
internal static class EngineStores
{
    /// <summary>Opens the store of a peer over the harness' engine; the one opened before must be closed.</summary>
    public static ReplicaStore OpenStore(
        this IStorageEngineHarness harness, StorageOptions? options = null, Guid? cluster = null, string peer = "north-a") =>
        ReplicaStore.Open(SettingOf(options, cluster, peer), harness.Open);

    /// <summary>What a test's peer is, and its bounds.</summary>
    public static EngineSetting SettingOf(
        StorageOptions? options = null, Guid? cluster = null, string peer = "north-a", TimeProvider? time = null) => new(
            new ReplicaStoreIdentity(PeerId.Parse(peer), cluster ?? TestBlocks.Cluster, TimeSpan.FromHours(1)),
            options ?? new StorageOptions(),
            time ?? TimeProvider.System,
            NullLogger.Instance);
}
