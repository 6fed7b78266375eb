using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace AllData.Streaming;

/// <summary>Streams of the store in an Orleans client.</summary>
public static class ClientStreamHosting
{
    /// <summary>Adds a provider of the store's streams (<see cref="AllDataStreams"/>), under the name that the silos give it.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The provider: 1 to 30 letters, digits, hyphens and underscores.</param>
    /// <exception cref="ArgumentException">It cannot have that name.</exception>
    public static IClientBuilder AddAllDataStreams(this IClientBuilder client, string name)
    {
        ArgumentNullException.ThrowIfNull(client);
        AllDataStreams.RefuseName(name);
        return client.AddPersistentStreams(
            name,
            static (services, provider) => new EventStreamFactory(
                provider, services.GetRequiredService<IGrainFactory>(), new EventStreamMapper(provider, []), queues: null),
            static _ => { });
    }
}
