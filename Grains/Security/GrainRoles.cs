using System.Collections.Frozen;
using System.Reflection;
using AllData.Reading;
using AllData.Streaming;
using Orleans.Runtime;

namespace AllData.Security;

/// <summary>
/// What a client needs for a call of a grain. What is not in the table is for silos only: a method that is forgotten here is closed.
/// </summary>
internal static class GrainRoles
{
    /// <summary>Any role will do.</summary>
    public const StoreRoles Any = StoreRoles.Reader | StoreRoles.Writer | StoreRoles.Operator;

    // What Orleans' client asks by itself, before and beside the calls of its application: which grains there are, and that a call of its own ends.
    // The interfaces are internal to Orleans.
    internal static readonly FrozenSet<string> OfOrleansClient = FrozenSet.Create(
        "Orleans.Runtime.IClusterManifestSystemTarget", "Orleans.Runtime.IGrainCallCancellationExtension");

    // What a client calls to subscribe to a stream. The interface is internal to Orleans.
    internal const string StreamSubscriptions = "Orleans.Streams.IPubSubRendezvousGrain";

    // Subscriptions themselves; what it has besides is for the silos that give events.
    internal static readonly FrozenSet<string> OfSubscribers = FrozenSet.Create("RegisterConsumer", "UnregisterConsumer", "GetAllSubscriptions");

    private static readonly FrozenDictionary<(Type Interface, string Method), StoreRoles> Table = new Dictionary<(Type, string), StoreRoles>
    {
        [(typeof(IPutCoordinatorGrain), nameof(IPutCoordinatorGrain.Put))] = StoreRoles.Writer,
        [(typeof(IPutCoordinatorGrain), nameof(IPutCoordinatorGrain.PutMany))] = StoreRoles.Writer,
        [(typeof(IPutCoordinatorGrain), nameof(IPutCoordinatorGrain.ReserveKeys))] = StoreRoles.Writer,
        [(typeof(IPutCoordinatorGrain), nameof(IPutCoordinatorGrain.ReleaseKeys))] = StoreRoles.Writer,
        [(typeof(IPutCoordinatorGrain), nameof(IPutCoordinatorGrain.Describe))] = Any,
        [(typeof(IEventReaderGrain), nameof(IEventReaderGrain.Get))] = StoreRoles.Reader,
        [(typeof(IEventScanGrain), nameof(IEventScanGrain.Scan))] = StoreRoles.Reader,
        [(typeof(IEventFollowGrain), nameof(IEventFollowGrain.Follow))] = StoreRoles.Reader,
        [(typeof(IEventFollowGrain), nameof(IEventFollowGrain.FollowLive))] = StoreRoles.Reader,
        [(typeof(IConsumerGrain), nameof(IConsumerGrain.Get))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(IConsumerGrain), nameof(IConsumerGrain.Take))] = StoreRoles.Reader,
        [(typeof(IConsumerGrain), nameof(IConsumerGrain.Move))] = StoreRoles.Reader,
        [(typeof(IConsumerGrain), nameof(IConsumerGrain.Reset))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(IConsumerGrain), nameof(IConsumerGrain.Delete))] = StoreRoles.Operator,
        [(typeof(IConsumerCatalogGrain), nameof(IConsumerCatalogGrain.List))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(ICertificateGrain), nameof(ICertificateGrain.GetHead))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(ICertificateGrain), nameof(ICertificateGrain.GetEntries))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(ICertificateGrain), nameof(ICertificateGrain.GetCertificates))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(ICertificateGrain), nameof(ICertificateGrain.GetSealed))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(ICertificateGrain), nameof(ICertificateGrain.GetSealedByCluster))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(ICertificateGrain), nameof(ICertificateGrain.Seal))] = StoreRoles.Operator,
        [(typeof(IRestoringGrain), nameof(IRestoringGrain.Restore))] = StoreRoles.Operator,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.GetTopology))] = Any,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.GetPeers))] = Any,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.AddPeer))] = StoreRoles.Operator,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.AddPutOnlyPeer))] = StoreRoles.Operator,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.DropPeer))] = StoreRoles.Operator,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.Drain))] = StoreRoles.Operator,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.Undrain))] = StoreRoles.Operator,
        [(typeof(IPeerRegistryGrain), nameof(IPeerRegistryGrain.Move))] = StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.GetIntervals))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.Subscribe))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.Unsubscribe))] = StoreRoles.Reader | StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.Scrub))] = StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.GetReport))] = StoreRoles.Operator,

        // What a peer holds, without payloads: names, counts and digests, a bounded answer each.
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.LookUp))] = StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.ReadBuckets))] = StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.ReadCopysets))] = StoreRoles.Operator,
        [(typeof(IReplicaStorageGrain), nameof(IReplicaStorageGrain.ListBlocks))] = StoreRoles.Operator,
    }.Concat(typeof(IClusterAuditGrain).GetMethods().Select(static method => method.Name).Distinct().Select(static name =>
        new KeyValuePair<(Type, string), StoreRoles>((typeof(IClusterAuditGrain), name), StoreRoles.Operator))).ToFrozenDictionary();

    /// <summary>The roles of which a client needs one; <see cref="StoreRoles.None"/>: the call is for silos only.</summary>
    public static StoreRoles Of(MethodInfo method) =>
        method.DeclaringType is not { } type ? StoreRoles.None
        : type.FullName == StreamSubscriptions && OfSubscribers.Contains(method.Name) ? StoreRoles.Reader
        : Table.GetValueOrDefault((type, method.Name));

    /// <summary>Whether a call is about subscriptions to a stream that is not of a store: those of an application are not the store's to open.</summary>
    /// <param name="method">The method.</param>
    /// <param name="grain">The grain, whose key has provider, namespace and key of the stream, with slashes.</param>
    public static bool IsOfOtherStream(MethodInfo method, GrainId grain) =>
        method.DeclaringType?.FullName == StreamSubscriptions
        && $"{grain.Key}".Split('/') is not [_, AllDataStreams.Namespace or AllDataStreams.TopicsNamespace, _];

    /// <summary>
    /// Whether the audit log has a call of a client: one that changes which peers there are or makes them work for long, seals an interval, brings
    /// archived events back, or deletes a consumer.
    /// </summary>
    public static bool IsAudited(MethodInfo method) => Of(method) == StoreRoles.Operator
        && (method.DeclaringType == typeof(IPeerRegistryGrain) || method.DeclaringType == typeof(IConsumerGrain)
            || method.Name is nameof(IReplicaStorageGrain.Scrub) or nameof(ICertificateGrain.Seal)
                or nameof(IRestoringGrain.Restore));

    /// <summary>Whether Orleans' client makes this call by itself: it is made for each client with a trusted certificate.</summary>
    public static bool IsOfOrleansClient(MethodInfo method) => method.DeclaringType?.FullName is { } name && OfOrleansClient.Contains(name);
}
