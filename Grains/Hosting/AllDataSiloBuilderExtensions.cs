using AllData.Configuration;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Membership;
using AllData.Placement;
using AllData.Protocol;
using AllData.Reading;
using AllData.Repair;
using AllData.Replicas;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace AllData.Hosting;

/// <summary>Puts the store into a silo.</summary>
public static class AllDataSiloBuilderExtensions
{
    /// <summary>
    /// Adds the store with options from configuration, usually section <see cref="AllDataOptions.SectionName"/>. The silo takes its peer's name.
    /// Cluster membership and a grain storage named <see cref="AllDataStorageNames.GrainState"/> are the host's to choose.
    /// </summary>
    public static ISiloBuilder AddAllData(this ISiloBuilder silo, IConfiguration section)
    {
        silo.Services.AddOptions<AllDataOptions>().Bind(section);
        return silo.AddAllData(static _ => { });
    }

    /// <summary>Adds the store with options set by code. See <see cref="AddAllData(ISiloBuilder, IConfiguration)"/>.</summary>
    public static ISiloBuilder AddAllData(this ISiloBuilder silo, Action<AllDataOptions> configure)
    {
        var services = silo.Services;
        services.AddOptions<AllDataOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataOptions>, AllDataOptionsValidator>());
        services.AddOptions<SiloOptions>().Configure<IOptions<AllDataOptions>>(static (s, o) => s.SiloName = o.Value.Peer.Id);
        services.TryAddSingleton(TimeProvider.System);

        services.AddSingleton<HostedPeer>();
        services.AddSingleton(static p => new PeerHealth(p.GetRequiredService<HostedPeer>().Id, OptionsOf(p).Deadlines.Replica));
        services.AddSingleton<TopologyCache>();
        services.AddSingleton<PeerAnnouncer>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<PeerAnnouncer>());
        services.AddSingleton(static p => new AllDataReadiness(p.GetRequiredService<HostedPeer>()));

        services.AddSingleton<IConditionSource, StorageConditions>();
        services.AddSingleton<AllDataMetrics>();
        services.AddSingleton<IntervalObservers>();
        services.AddSingleton<PeerReporter>();
        services.AddSingleton<IntervalKeeper>();
        services.AddSingleton<Scrubber>();
        services.AddSingleton<RepairCounters>();
        services.AddSingleton(static p => new SiloRepairCluster(
            p.GetRequiredService<TopologyCache>(), p.GetRequiredService<IGrainFactory>(), OptionsOf(p).Deadlines.Read, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RepairUpkeep>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ReplicaUpkeep>();
        services.AddSingleton<ReplacementBudget>(static _ => new ReplacementBudget());
        services.AddSingleton<KeyIssuer>();
        services.AddSingleton<Copysets>();
        services.AddSingleton<GivenKeyLookUp>();
        services.AddSingleton<ReplicaPressure>();
        services.AddSingleton<ReservedKeys>(static _ => new ReservedKeys());
        services.AddSingleton<BlockPutter>();
        services.AddSingleton<LaneBlocks>();
        services.AddSingleton<Lanes>();
        services.AddSingleton<GivenKeyPutter>();
        services.AddSingleton(static p => new AdmissionGate(OptionsOf(p).Limits.MaxWaitingBytes));
        services.AddSingleton(static p => new BlockPutServices(
            p.GetRequiredService<IGrainFactory>(),
            p.GetRequiredService<PeerHealth>(),
            p.GetRequiredService<ReplacementBudget>(),
            p.GetRequiredService<ReplicaPressure>(),
            p.GetRequiredService<AllDataMetrics>(),
            p.GetRequiredService<TimeProvider>(),
            OptionsOf(p).Deadlines.Replica,
            p.GetRequiredService<ILogger<BlockPut>>()));
        services.AddSingleton<SilentPeers>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<SilentPeers>());
        services.AddSingleton<PutService>();
        services.AddSingleton(static p => new AllDataPuts(p.GetRequiredService<PutService>()));
        services.AddSingleton(static p => new ScanGate(OptionsOf(p).Limits.MaxScans, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static p => new ScanServices(
            p.GetRequiredService<IGrainFactory>(),
            p.GetRequiredService<TopologyCache>(),
            p.GetRequiredService<HostedPeer>(),
            p.GetRequiredService<TimeProvider>(),
            OptionsOf(p).Deadlines.Read,
            p.GetRequiredService<ILogger<ClusterScan>>()));
        services.AddSingleton(static p => new CareServices(
            p.GetRequiredService<ScanServices>(), p.GetRequiredService<SiloRepairCluster>(), OptionsOf(p).Repair.Settle));
        return silo.AddPinnedToPeerPlacement();
    }

    private static AllDataOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<AllDataOptions>>().Value;
}
