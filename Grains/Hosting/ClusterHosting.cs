using AllData.Clustering;
using AllData.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace AllData.Hosting;

/// <summary>Makes a silo a member of the store's cluster.</summary>
public static class ClusterHosting
{
    /// <summary>
    /// Sets the cluster's identity, its membership in the cluster database, the grains' own state under
    /// <see cref="AllDataStorageNames.GrainState"/> there, and how soon a silo counts as dead. The silo prepares the database as it starts. A second
    /// call changes the options only.
    /// </summary>
    /// <exception cref="OptionsValidationException">The options cannot work; nothing was registered.</exception>
    public static ISiloBuilder UseAllDataCluster(this ISiloBuilder silo, AllDataClusterOptions options)
    {
        silo.AddAllDataGrainState(options);
        silo.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.ClusterId;
            cluster.ServiceId = options.ServiceId;
        });
        if (silo.Services.Any(static service => service.ServiceType == typeof(ClusteringMark)))
        {
            return silo;
        }

        silo.Services.AddSingleton<ClusteringMark>();
        silo.Configure<ClusterMembershipOptions>(ClusterLiveness.Configure);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, FutureEntries>();
        return silo.UseAdoNetClustering(clustering => clustering.Configure<ClusterDatabase>(UseDatabase));
    }

    /// <summary>Only the grains' own state, for a host that has its own clustering. The database is prepared when the silo starts.</summary>
    /// <exception cref="OptionsValidationException">The options cannot work; nothing was registered.</exception>
    public static ISiloBuilder AddAllDataGrainState(this ISiloBuilder silo, AllDataClusterOptions options)
    {
        ThrowIfInvalid(options);
        silo.Services.TryAddSingleton(TimeProvider.System);
        var isPrepared = silo.Services.Any(static service => service.ServiceType == typeof(ClusterDatabase));
        silo.Services.Replace(ServiceDescriptor.Singleton(services => ClusterDatabase.Create(
            options,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ClusterDatabase>>())));
        if (isPrepared)
        {
            return silo;
        }

        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ClusterDatabasePreparation>();
        return silo.AddAdoNetGrainStorage(AllDataStorageNames.GrainState, storage => storage.Configure<ClusterDatabase>(UseDatabase));
    }

    /// <summary>Says that the clustering is registered.</summary>
    private sealed class ClusteringMark;

    private static void ThrowIfInvalid(AllDataClusterOptions options)
    {
        var validation = new AllDataClusterOptionsValidator().Validate(null, options);
        if (validation.Failed)
        {
            throw new OptionsValidationException(AllDataClusterOptions.Section, typeof(AllDataClusterOptions), validation.Failures);
        }
    }

    private static void UseDatabase(AdoNetClusteringSiloOptions clustering, ClusterDatabase database)
    {
        clustering.Invariant = database.Invariant;
        clustering.DataSource = database.MembershipDataSource;
    }

    private static void UseDatabase(AdoNetGrainStorageOptions storage, ClusterDatabase database)
    {
        storage.Invariant = database.Invariant;
        storage.DataSource = database.DataSource;
    }
}
