using AllData.Configuration;
using AllData.Putting;
using AllData.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AllData;

/// <summary>Adds the store's client to an application.</summary>
public static class AllDataClientServices
{
    /// <summary>
    /// Adds the client with options from configuration: see <see cref="AddAllDataClient(IServiceCollection, Action{AllDataClientOptions})"/>. A setting
    /// that is misspelt or cannot be read is refused when the host starts.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Usually section <c>AllData:Client</c>.</param>
    public static IServiceCollection AddAllDataClient(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptions<AllDataClientOptions>().ValidateOnStart();
        return services.AddAllDataClient(options =>
        {
            var path = section is IConfigurationSection { Path.Length: > 0 } named ? named.Path : AllDataClientOptions.Section;
            SettingsCheck.ThrowIfUnusable(section, path, typeof(AllDataClientOptions));
            section.Bind(options);
        });
    }

    /// <summary>
    /// Adds an <see cref="AllDataClient"/> (also as <see cref="IAllDataClient"/>) and an <see cref="IEventReader"/> to a host that has an Orleans
    /// client or is a silo. It makes no call to the cluster before the first put or read. A put made before Orleans has connected waits, for as long
    /// as a put may take. When the host stops, pending puts are flushed before Orleans disconnects.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets options; checked when the host starts, or when the client is first resolved.</param>
    public static IServiceCollection AddAllDataClient(this IServiceCollection services, Action<AllDataClientOptions>? configure = null)
    {
        services.AddOptions<AllDataClientOptions>().Configure(configure ?? (static _ => { }));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataClientOptions>, AllDataClientOptionsValidator>());
        services.TryAddSingleton(static provider => new AllDataClient(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<IOptions<AllDataClientOptions>>().Value,
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IAllDataClient>(static provider => provider.GetRequiredService<AllDataClient>());
        services.TryAddSingleton(static provider => provider.GetRequiredService<IGrainFactory>().CreateEventReader());
        services.AddHostedService<FlushBeforeStop>();
        return services;
    }

    /// <summary>Before the host stops anything: a client that is flushed after Orleans has disconnected only waits for its timeouts.</summary>
    private sealed class FlushBeforeStop(AllDataClient client) : IHostedLifecycleService
    {
        public Task StoppingAsync(CancellationToken cancellationToken) => client.FlushAsync(cancellationToken);

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
