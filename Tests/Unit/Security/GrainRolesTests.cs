using AllData.Following.Live;
using AllData.Replicas;
using AllData.Security;

namespace AllData.Tests.Unit.Security;

/// <summary>Each method of each grain has its place: for a role, or for silos only.</summary>
public sealed class GrainRolesTests
{
    // Those that a client must not call, whatever its roles: what silos say to each other.
    private static readonly string[] OfSilos =
    [
        "IConsumerCatalogGrain.Add", "IConsumerCatalogGrain.Remove", "IPeerRegistryGrain.Announce", "IPeerRegistryGrain.SetReadOnly",
        "IReplicaStorageGrain.Append", "IReplicaStorageGrain.FetchBlocks", "IReplicaStorageGrain.GetChanges", "IReplicaStorageGrain.GetLowWatermark",
        "IReplicaStorageGrain.GetNumbers", "IReplicaStorageGrain.GetSeenTopology", "IReplicaStorageGrain.JudgeKeys", "IReplicaStorageGrain.LookUpToPut",
        "IReplicaStorageGrain.Ping", "IReplicaStorageGrain.Read", "IReplicaStorageGrain.ReadBlocks",
        "IReplicaStorageGrain.ReadClock", "IReplicaStorageGrain.UpdateTopology",
    ];

    [Fact]
    public void A_method_is_for_a_role_or_for_silos_only_and_a_new_one_is_closed_until_it_is_decided()
    {
        var methods = typeof(IPutCoordinatorGrain).Assembly.GetTypes().Where(static t => t.IsInterface && typeof(IGrain).IsAssignableFrom(t))
            .SelectMany(static type => type.GetMethods());

        Assert.Equal(
            OfSilos.Order(StringComparer.Ordinal),
            methods.Where(static m => GrainRoles.Of(m) == StoreRoles.None).Select(static m => $"{m.DeclaringType!.Name}.{m.Name}").Distinct()
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_silos_tell_each_other_of_acknowledged_blocks_no_client_tells() =>
        Assert.All(typeof(ILiveNewsGrain).GetMethods(), static m => Assert.Equal(StoreRoles.None, GrainRoles.Of(m)));

    [Fact]
    public void The_figures_of_the_console_no_client_asks_for() =>
        Assert.All(typeof(IPeerFigures).GetMethods(), static m => Assert.Equal(StoreRoles.None, GrainRoles.Of(m)));

    [Fact]
    public void A_grain_that_is_not_of_the_store_is_for_silos_only() =>
        Assert.All(typeof(Orleans.Runtime.IManagementGrain).GetMethods(), static m => Assert.Equal(StoreRoles.None, GrainRoles.Of(m)));

    // It is internal to Orleans: another version may have other names.
    [Fact]
    public void What_a_client_calls_to_subscribe_to_a_stream_is_for_readers_and_the_rest_is_closed()
    {
        var type = typeof(Orleans.Streams.IStreamProvider).Assembly.GetType(GrainRoles.StreamSubscriptions)!;

        Assert.Empty(GrainRoles.OfSubscribers.Except(type.GetMethods().Select(static m => m.Name)));
        Assert.All(type.GetMethods(), static m => Assert.Equal(
            GrainRoles.OfSubscribers.Contains(m.Name) ? StoreRoles.Reader : StoreRoles.None, GrainRoles.Of(m)));
    }

    // They are internal to Orleans: another version may have other names.
    [Fact]
    public void What_the_client_of_Orleans_asks_by_itself_is_there_and_open()
    {
        var types = new[] { typeof(Orleans.Runtime.IManagementGrain).Assembly, typeof(IClusterClient).Assembly, typeof(ISiloBuilder).Assembly }
            .SelectMany(static assembly => assembly.GetTypes()).Where(static type => GrainRoles.OfOrleansClient.Contains(type.FullName!)).ToList();

        Assert.Equal(GrainRoles.OfOrleansClient.Order(), types.Select(static type => type.FullName!).Distinct().Order());
        Assert.All(types.SelectMany(static type => type.GetMethods()), static m => Assert.True(GrainRoles.IsOfOrleansClient(m)));
    }
}
