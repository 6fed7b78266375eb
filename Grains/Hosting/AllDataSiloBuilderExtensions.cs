using AllData.Configuration;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Encryption;
using AllData.Following;
using AllData.Following.Live;
using AllData.Links;
using AllData.Membership;
using AllData.Placement;
using AllData.Protocol.Keys;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Reading;
using AllData.Remote;
using AllData.Repair;
using AllData.Replicas;
using AllData.Storage.Opening;
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
    /// Adds the store with options from configuration, usually section <see cref="AllDataOptions.SectionName"/>. The silo takes its peer's name,
    /// whatever name the host gives it. Cluster membership and a grain storage named <see cref="AllDataStorageNames.GrainState"/> are the host's to
    /// choose. A second call adds options only.
    /// </summary>
    /// <remarks>
    /// A setting that is misspelt or cannot be read is refused when the silo starts. The section may also contain sections that the host binds
    /// itself.
    /// </remarks>
    public static ISiloBuilder AddAllData(this ISiloBuilder silo, IConfiguration section)
    {
        return silo.AddAllData(options =>
        {
            var path = section is IConfigurationSection { Path.Length: > 0 } named ? named.Path : AllDataOptions.SectionName;
            SettingsCheck.ThrowIfUnusable(section, path, typeof(AllDataOptions), SectionsOfOthers, isShared: true);
            section.Bind(options);
        });
    }

    /// <summary>Adds the store with options set by code. See <see cref="AddAllData(ISiloBuilder, IConfiguration)"/>.</summary>
    public static ISiloBuilder AddAllData(this ISiloBuilder silo, Action<AllDataOptions> configure)
    {
        var services = silo.Services;
        services.AddOptions<AllDataOptions>().Configure(configure).ValidateOnStart();
        if (services.Any(static service => service.ServiceType == typeof(HostedPeer)))
        {
            // Already added: a second set of services would open the data directory twice.
            return silo;
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataOptions>, AllDataOptionsValidator>());

        // Silos find the silo of a peer by its name. This runs last because test clusters and hosts name their silos, too.
        services.AddOptions<SiloOptions>().PostConfigure<IOptions<AllDataOptions>>(static (s, o) => s.SiloName = o.Value.Peer.Id);
        services.AddSingleton<IConfigurationValidator, SiloNameCheck>();
        services.AddSingleton<GrainStateStorage>();
        services.AddSingleton<IConfigurationValidator>(static p => p.GetRequiredService<GrainStateStorage>());
        services.AddSingleton<IConditionSource>(static p => p.GetRequiredService<GrainStateStorage>());

        services.AddOptions<SiloMessagingOptions>().Configure<IOptions<AllDataOptions>>(static (m, o) => MessageBounds.Apply(m, o.Value.Limits));
        services.TryAddSingleton(TimeProvider.System);

        services.TryAddSingleton(StorageSeams.None);
        services.AddSingleton(static p => new ReplicaStoreFactory(
            OptionsOf(p).Storage,
            OptionsOf(p).Limits.MinFreeBytes,
            p.GetRequiredService<StorageSeams>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(static p => ConfiguredFederation.Load(OptionsOf(p)));
        services.AddSingleton<HostedPeer>();
        services.AddSingleton<ICoordinatingPeer>(static p => p.GetRequiredService<HostedPeer>());
        services.AddSingleton(static p => new PeerHealth(
            p.GetRequiredService<HostedPeer>().Id, OptionsOf(p).Deadlines.Replica, OptionsOf(p).Deadlines.ShortestReplica));
        silo.AddPeerClients();
        services.AddClusterLinks();
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<TopologyCache>(p, OptionsOf(p).Replication.UsePutOnlyPeers));
        services.AddSingleton<PeerHomes>();
        services.AddSingleton<ITopologies>(static p => p.GetRequiredService<TopologyCache>());
        services.AddSingleton<TopologyNews>();
        services.AddSingleton(static p => new ClusterClock(OptionsOf(p), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IConditionSource>(static p => p.GetRequiredService<ClusterClock>());
        services.AddSingleton<ClockWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<ClockWatch>());
        services.AddSingleton<PutOnlyWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<PutOnlyWatch>());
        services.AddSingleton<PeerLifecycle>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<PeerLifecycle>());
        services.AddSingleton(static p => new AllDataReadiness(p.GetRequiredService<SiloConditions>()));
        services.AddSingleton<SiloConditions>();
        services.AddSingleton<AllDataHealthCheck>();
        services.AddSingleton<IConditionSource, PeerConditions>();
        services.AddSingleton<IConditionSource, PutConditions>();

        services.AddSingleton<IConditionSource, StorageConditions>();
        services.AddSingleton<AllDataMeter>();
        services.AddSingleton<SiloInstruments>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, InstrumentStart>();
        services.AddSingleton<PeerInstruments>();
        services.AddSingleton<PutInstruments>();
        services.AddSingleton<RepairInstruments>();
        services.AddSingleton<ReplicaInstruments>();
        services.AddSingleton<IntervalObservers>();
        services.AddSingleton<PeerReporter>();
        services.AddSingleton<PeerFiguresReader>();
        services.AddSingleton<IntervalCloser>();
        services.AddSingleton<Scrubber>();
        services.AddSingleton<RepairCounters>();
        services.AddSingleton<SiloRepairCluster>();
        services.AddSingleton<RepairLoop>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PeerBackgroundTasks>();
        services.AddSingleton<ReplacementBudget>(static _ => new ReplacementBudget());
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<KeyIssuer>(p, TaskScheduler.Default));
        services.AddSingleton<StoreIdentity>();
        services.AddSingleton<IConditionSource>(static p => p.GetRequiredService<KeyIssuer>());
#pragma warning disable RS0030 // Where the silo is put together its randomness is named, once.
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<Copysets>(p, Random.Shared));
#pragma warning restore RS0030
        services.AddSingleton<ICopysets>(static p => p.GetRequiredService<Copysets>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataOptions>, EncryptionOptionsValidator>());
        services.TryAddSingleton<IPayloadKeyProvider>(static p => PayloadKeyFiles.Read(OptionsOf(p).Encryption));
        services.AddSingleton<PayloadEncoder>();
        services.AddSingleton<SuppliedKeyInquirer>();
        services.AddSingleton<SuppliedKeyLookUp>();
        services.AddSingleton<ReplicaPressure>();
        services.AddSingleton<ReservedKeys>(static _ => new ReservedKeys());
        services.AddSingleton<OutstandingKeys>(static _ => new OutstandingKeys());
        services.AddSingleton<PendingKeys>();
        services.AddSingleton<KeyClaims>(static _ => new KeyClaims());
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<BlockNumbers>(p, TaskScheduler.Default));
        services.AddSingleton<IBlockNumbers>(static p => p.GetRequiredService<BlockNumbers>());
        services.AddSingleton<IConditionSource>(static p => p.GetRequiredService<BlockNumbers>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<BlockNumbers>());
        services.AddSingleton<BlockCoordinator>();
        services.AddSingleton<OriginalEventIntake>();
        services.AddSingleton<BlockAssembler>();
        services.AddSingleton<PutBatchers>();
        services.AddSingleton<LateTakers>();
        services.AddSingleton<SuppliedKeyPutter>();
        services.AddSingleton(static p => new AdmissionGate(OptionsOf(p).Limits.MaxWaitingBytes));
        services.AddSingleton<PutAdmission>();
        services.AddSingleton(static p => new BlockReplicationServices(
            p.GetRequiredService<IReplicas>(),
            p.GetRequiredService<PeerHealth>(),
            p.GetRequiredService<ReplacementBudget>(),
            p.GetRequiredService<ReplicaPressure>(),
            p.GetRequiredService<PutInstruments>(),
            p.GetRequiredService<PeerInstruments>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<BlockReplication>>())
        {
            Acknowledged = p.GetRequiredService<LiveNews>(),
        });
        services.AddSingleton<PeerProber>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<PeerProber>());
        services.AddSingleton<PutService>();
        services.AddSingleton<IAllDataPuts>(static p => p.GetRequiredService<PutService>());
        services.AddSingleton(static p => new ScanGate(OptionsOf(p).Limits.MaxScans, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static p => new ScanShares(OptionsOf(p).Limits.MaxScansPerPrincipal));
        services.AddSingleton(static p => new ScanServices(
            p.GetRequiredService<IReplicas>(),
            () => p.GetRequiredService<IGrainFactory>().GetPeerRegistry().GetTopology(),
            p.GetRequiredService<TopologyCache>(),
            p.GetRequiredService<PeerHomes>(),
            p.GetRequiredService<IClusterConfirmation>(),
            p.GetRequiredService<HostedPeer>(),
            p.GetRequiredService<ClusterClock>().Agreed,
            p.GetRequiredService<IPayloadKeyProvider>(),
            p.GetRequiredService<ILogger<ClusterScan>>()));
        services.AddSingleton<IFollowSource, StoreFollowSource>();
        services.AddSingleton<FollowInstruments>();
        services.AddSingleton<ILiveSources, SiloLiveSources>();
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<LiveNews>();
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<FollowFeed>(p, TaskScheduler.Default));
        services.AddSingleton<EventFollower>();
        services.AddSingleton<LiveFollower>();
        services.AddSingleton(static p => new Followers(OptionsOf(p).Limits.MaxFollowers, OptionsOf(p).Limits.MaxFollowersPerPrincipal));
        services.AddSingleton(static p => new AuditServices(
            p.GetRequiredService<ScanServices>(), OptionsOf(p).Repair.Settle, p.GetRequiredService<ConfiguredFederation>(),
            p.GetRequiredService<IRegionLinks>()));
        services.AddSealing();
        return silo.AddPinnedToPeerPlacement();
    }

    /// <summary>Sections that the silo program has in addition to the store's; in another host they belong to that host.</summary>
    private static Dictionary<string, Type?> SectionsOfOthers => new(StringComparer.OrdinalIgnoreCase)
    {
        ["Http"] = null,
        ["Silo"] = null,
        ["Cluster"] = null,
        ["Telemetry"] = null,
    };

    private static AllDataOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<AllDataOptions>>().Value;
}
