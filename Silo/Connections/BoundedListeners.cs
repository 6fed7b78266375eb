using System.Net;
using Microsoft.AspNetCore.Connections;

namespace AllData.Silo.Connections;

/// <summary>Puts a <see cref="ConnectionBound"/> before the servers of a host: those of Kestrel and those of Orleans.</summary>
internal static class BoundedListeners
{
    /// <summary>Bounds the connections of Kestrel, which listens where it is configured to. To be called after Kestrel is registered.</summary>
    /// <param name="services">The host's.</param>
    /// <param name="boundOf">The bound of each port.</param>
    public static IServiceCollection BoundConnections(
        this IServiceCollection services, Func<IServiceProvider, Func<EndPoint, ConnectionBound>> boundOf) => Decorate(services, isKeyed: false, boundOf);

    /// <summary>Bounds the connections of Orleans' ports, whose listeners have keys. To be called after Orleans is registered.</summary>
    /// <param name="services">The silo's.</param>
    /// <param name="boundOf">The bound of each port.</param>
    public static IServiceCollection BoundOrleansConnections(
        this IServiceCollection services, Func<IServiceProvider, Func<EndPoint, ConnectionBound>> boundOf) => Decorate(services, isKeyed: true, boundOf);

    private static IServiceCollection Decorate(IServiceCollection services, bool isKeyed, Func<IServiceProvider, Func<EndPoint, ConnectionBound>> boundOf)
    {
        for (var i = 0; i < services.Count; i++)
        {
            var inner = services[i];
            if (inner.ServiceType == typeof(IConnectionListenerFactory) && inner.IsKeyedService == isKeyed)
            {
                services[i] = isKeyed
                    ? ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory>(
                        inner.ServiceKey, (provider, key) => new BoundedFactory(CreateKeyed(inner, provider, key), boundOf(provider)))
                    : ServiceDescriptor.Singleton<IConnectionListenerFactory>(provider => new BoundedFactory(Create(inner, provider), boundOf(provider)));
            }
        }

        return services;
    }

    private static IConnectionListenerFactory Create(ServiceDescriptor descriptor, IServiceProvider provider) =>
        (IConnectionListenerFactory)(descriptor.ImplementationInstance
            ?? descriptor.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!));

    private static IConnectionListenerFactory CreateKeyed(ServiceDescriptor descriptor, IServiceProvider provider, object? key) =>
        (IConnectionListenerFactory)(descriptor.KeyedImplementationInstance
            ?? descriptor.KeyedImplementationFactory?.Invoke(provider, key)
            ?? ActivatorUtilities.CreateInstance(provider, descriptor.KeyedImplementationType!));

    private sealed class BoundedFactory(IConnectionListenerFactory inner, Func<EndPoint, ConnectionBound> boundOf)
        : IConnectionListenerFactory, IConnectionListenerFactorySelector
    {
        public bool CanBind(EndPoint endpoint) => inner is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            boundOf(endpoint).BindAsync(inner, endpoint, cancellationToken);
    }
}
