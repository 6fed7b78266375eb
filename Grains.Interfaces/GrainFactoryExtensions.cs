using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AllData.Consumers;
using AllData.Peers;

namespace AllData;

/// <summary>The one way to the store's grains: their keys are built here and nowhere else.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>More keys than a cluster has gateways, so that a client's calls spread over all of them.</summary>
    private const int StatelessKeys = 1_024;

    // More peers than a cluster has: a caller that addresses thousands of other names gets their grains without this cache.
    private const int MostReplicas = 10_000;

    private const string ReplicaKeyPrefix = "peer-";

    private const string ConsumerKeyPrefix = "consumer-";

    // Orleans looks at a type's attributes each time it makes a reference: that cost more than sending the call.
    private static readonly ConditionalWeakTable<IGrainFactory, References> Known = [];

    private static int NextKey = Environment.ProcessId;

    /// <summary>A coordinator; consecutive calls spread over a client's gateways.</summary>
    public static IPutCoordinatorGrain GetPutCoordinator(this IGrainFactory factory) =>
        factory.GetPutCoordinatorNumbered(NextStatelessKey());

    /// <summary>A coordinator of a client's choice: equal numbers reach the same gateway as long as it lives.</summary>
    internal static IPutCoordinatorGrain GetPutCoordinatorNumbered(this IGrainFactory factory, uint number) =>
        Known.GetOrCreateValue(factory).Coordinators[number % StatelessKeys] ??= factory.GetGrain<IPutCoordinatorGrain>(number % StatelessKeys);

    /// <summary>The audit of the cluster; each grain is used for one question.</summary>
    public static IClusterAuditGrain GetClusterAudit(this IGrainFactory factory) => factory.GetGrain<IClusterAuditGrain>(Guid.NewGuid());

    /// <summary>The certificates of the cluster's intervals, at the silo that the call reaches.</summary>
    public static ICertificateGrain GetCertificates(this IGrainFactory factory) => factory.GetGrain<ICertificateGrain>(NextStatelessKey());

    /// <summary>What brings archived events back, at the silo that the call reaches.</summary>
    internal static IRestoringGrain GetRestoring(this IGrainFactory factory) => factory.GetGrain<IRestoringGrain>(NextStatelessKey());

    /// <summary>The registry of the cluster.</summary>
    public static IPeerRegistryGrain GetPeerRegistry(this IGrainFactory factory) =>
        factory.GetGrain<IPeerRegistryGrain>("peer-registry");

    /// <summary>The replica of a peer.</summary>
    public static IReplicaStorageGrain GetReplica(this IGrainFactory factory, PeerId peer)
    {
        var replicas = Known.GetOrCreateValue(factory).Replicas;
        if (!replicas.TryGetValue(peer, out var replica))
        {
            replica = factory.GetGrain<IReplicaStorageGrain>(ReplicaKey(peer));
            _ = replicas.Count < MostReplicas && replicas.TryAdd(peer, replica);
        }

        return replica;
    }

    /// <summary>
    /// The grain key of a peer's replica. The prefix is needed: ADO.NET grain storage keeps keys that parse as hexadecimal as integers, so
    /// that "a" and "0a" would share a row.
    /// </summary>
    public static string ReplicaKey(PeerId peer) => ReplicaKeyPrefix + peer;

    /// <summary>The peer that a key made by <see cref="ReplicaKey"/> names.</summary>
    /// <exception cref="FormatException">The key was not made by it.</exception>
    public static PeerId ParseReplicaKey(string key) => key.StartsWith(ReplicaKeyPrefix, StringComparison.Ordinal)
        ? PeerId.Parse(key[ReplicaKeyPrefix.Length..])
        : throw new FormatException($"'{key}' is not the key of a replica: use {nameof(GetReplica)}.");

    /// <summary>The position of a named consumer. The prefix has the same reason as that of <see cref="ReplicaKey"/>.</summary>
    public static IConsumerGrain GetConsumer(this IGrainFactory factory, ConsumerName name) =>
        factory.GetGrain<IConsumerGrain>(ConsumerKeyPrefix + name);

    /// <summary>The names of all consumers.</summary>
    public static IConsumerCatalogGrain GetConsumerCatalog(this IGrainFactory factory) => factory.GetGrain<IConsumerCatalogGrain>("consumers");

    /// <summary>The consumer that a key made by <see cref="GetConsumer"/> names.</summary>
    /// <exception cref="Errors.InvalidConsumerNameException">The key was not made by it.</exception>
    internal static ConsumerName ParseConsumerKey(string key) =>
        ConsumerName.Parse(key.StartsWith(ConsumerKeyPrefix, StringComparison.Ordinal) ? key[ConsumerKeyPrefix.Length..] : "");

    /// <summary>The store behind a factory, shared by all that use it.</summary>
    internal static KnownStore GetKnownStore(this IGrainFactory factory) => Known.GetOrCreateValue(factory).Store;

    /// <summary>The key of a stateless grain: consecutive ones meet different gateways of a client.</summary>
    internal static uint NextStatelessKey() => (uint)Interlocked.Increment(ref NextKey) % StatelessKeys;

    /// <summary>References that a factory has made.</summary>
    private sealed class References
    {
        public IPutCoordinatorGrain?[] Coordinators { get; } = new IPutCoordinatorGrain?[StatelessKeys];

        public ConcurrentDictionary<PeerId, IReplicaStorageGrain> Replicas { get; } = new();

        public KnownStore Store { get; } = new();
    }
}
