using AllData.Configuration;
using AllData.Events;
using AllData.Streaming;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Storage;

namespace AllData.Hosting;

/// <summary>Streams of the store in a silo.</summary>
public static class StreamHosting
{
    // Orleans' name of it.
    private const string PubSubStore = "PubSubStore";

    /// <summary>
    /// Adds a provider of the store's streams (<see cref="AllDataStreams"/>); every silo needs it, with the same topics. Orleans keeps subscriptions in a grain
    /// storage named <c>PubSubStore</c>: where the host has none, they are kept with the store's own grain state.
    /// </summary>
    /// <param name="silo">The silo, with <c>AddAllData</c>.</param>
    /// <param name="name">The provider: 1 to 30 letters, digits, hyphens and underscores.</param>
    /// <param name="topics">
    /// The topics that have streams of their own, besides that of all events; <see cref="AllDataStreams.MaxTopics"/> at most. Default: no topic.
    /// </param>
    /// <param name="configure">Changes how Orleans delivers, and which silo gets which queue.</param>
    /// <exception cref="ArgumentException">It cannot have that name, or there are too many topics.</exception>
    public static ISiloBuilder AddAllDataStreams(
        this ISiloBuilder silo, string name, IEnumerable<Topic>? topics = null, Action<ISiloPersistentStreamConfigurator>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(silo);
        AllDataStreams.RefuseName(name);
        var mapper = new EventStreamMapper(name, topics ?? []);
        silo.Services.TryAddKeyedSingleton<IGrainStorage>(
            PubSubStore, static (services, _) => services.GetRequiredKeyedService<IGrainStorage>(AllDataStorageNames.GrainState));
        return silo.AddPersistentStreams(
            name,
            (services, provider) => new EventStreamFactory(
                provider, services.GetRequiredService<IGrainFactory>(), mapper,
                ActivatorUtilities.CreateInstance<EventStreamQueues>(services, provider, mapper)),
            streams =>
            {
                streams.UseConsistentRingQueueBalancer();
                configure?.Invoke(streams);
                streams.ConfigurePullingAgent(static options => options.Validate(
                    static agent => agent.BatchContainerBatchSize <= 1,
                    $"{nameof(StreamPullingAgentOptions.BatchContainerBatchSize)} of a stream provider of a store is 1: a delivery has up to "
                    + $"{EventSlices.MaxEvents} events by itself, and of several at once those before the last would be lost when a subscriber throws."));
            });
    }
}
