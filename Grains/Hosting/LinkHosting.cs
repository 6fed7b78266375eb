using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Links;
using AllData.Membership;
using AllData.Placement;
using AllData.Remote;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace AllData.Hosting;

/// <summary>Puts the links to the other clusters of the store into a silo.</summary>
internal static class LinkHosting
{
    /// <summary>Registers them. Where the store has one cluster there is none, and liveness is this cluster's silos.</summary>
    public static void AddClusterLinks(this IServiceCollection services)
    {
        services.AddSingleton<ClusterLinks>();
        services.AddSingleton<IRegionLinks>(static p => IsAlone(p) ? new NoRegionLinks() : p.GetRequiredService<ClusterLinks>());
        services.AddSingleton(static p => new PutOnlyLiveness(IsAlone(p)
            ? p.GetRequiredService<HostingSilos>()
            : new StoreLiveness(p.GetRequiredService<HostingSilos>(), p.GetRequiredService<ClusterLinks>())));
        services.AddSingleton<IPeerLiveness>(static p => p.GetRequiredService<PutOnlyLiveness>());
        services.AddSingleton<SnapshotIntake>();
        services.AddSingleton<IClusterConfirmation, ClusterConfirmation>();
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<ServedCluster>(
            p, p.GetRequiredService<HostingSilos>(), () => p.GetRequiredService<IGrainFactory>().GetPeerRegistry().GetTopology()));
        services.AddSingleton<LinkInstruments>();
        services.AddSingleton<IConditionSource, LinkConditions>();
        services.AddSingleton<ClusterWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<ClusterWatch>());
    }

    private static bool IsAlone(IServiceProvider services) => services.GetRequiredService<ConfiguredFederation>().Own is null;
}
