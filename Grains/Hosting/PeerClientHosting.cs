using AllData.Configuration;
using AllData.Links;
using AllData.Membership;
using AllData.Remote;
using AllData.Remote.Http;
using AllData.Remote.Http.Serving;
using AllData.Remote.Http.Tls;
using AllData.Remote.Original;
using AllData.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AllData.Hosting;

/// <summary>Adds ways to reach peers to a silo.</summary>
public static class PeerClientHosting
{
    /// <summary>
    /// Adds a way to reach peers, which a peer's route chooses by its name, as it does the built-in <c>grain</c>, <c>http</c> and <c>alldata-http</c>.
    /// What a client must do is said at <see cref="IPeerClient"/>; <see cref="Remote.Conformance.PeerClientCheck"/> checks it.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="name">Its name: lower-case letters, digits and hyphens. Two of one name are refused when the silo starts.</param>
    /// <param name="create">Makes it from the silo's services, once, when the first peer is reached through it.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public static ISiloBuilder AddPeerClient(this ISiloBuilder silo, string name, Func<IServiceProvider, IPeerClient> create)
    {
        if (name.Length is 0 or > 63 || !name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"'{name}' is no name of a peer client: 1 to 63 lower-case letters, digits and hyphens.", nameof(name));
        }

        silo.Services.AddSingleton(new PeerClientRegistration(name, create));
        return silo;
    }

    /// <summary>The built-in clients, the table that chooses among all, and what serves the peer protocol.</summary>
    internal static void AddPeerClients(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataOptions>, PeerHttpOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataOptions>, SecurityOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AllDataOptions>, PeerOriginalOptionsValidator>());
        services.AddSingleton(static p => new GrainPeerClient(
            p.GetRequiredService<IGrainFactory>(), OptionsOf(p).Deadlines, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static p => new HttpPeerClient(
            OptionsOf(p), () => p.GetRequiredService<HostedPeer>().StoreId, p.GetRequiredService<TimeProvider>()));
        silo.AddPeerClient(PeerRoute.Grain, static p => p.GetRequiredService<GrainPeerClient>());
        services.AddSingleton(static p => new OriginalNodeClient(OptionsOf(p).Deadlines, p.GetRequiredService<TimeProvider>()));
        silo.AddPeerClient(PeerRoute.Http, static p => p.GetRequiredService<HttpPeerClient>());
        silo.AddPeerClient(PeerRoute.Original, static p => p.GetRequiredService<OriginalNodeClient>());
        services.AddSingleton<PeerClients>();
        services.AddSingleton<PeerReplicas>();
        services.AddSingleton<IReplicas>(static p => p.GetRequiredService<PeerReplicas>());
        services.AddSingleton<IClusterCallers>(static p => new HttpClusterCallers(p.GetRequiredService<HttpPeerClient>));
        services.AddSingleton<IPeerHost, ServedPeers>();
        services.AddSingleton(static p => new PeerRequestHandler(
            p.GetRequiredService<IPeerHost>(),
            p.GetRequiredService<GrainPeerClient>(),
            new PeerTraffic(OptionsOf(p).Peers.Http.MaxRequestsInFlight, OptionsOf(p).Peers.Http.MaxWaitingBytes),
            OptionsOf(p).Limits.LargestMessageBytes,
            p.GetRequiredService<ConfiguredFederation>().Own is null ? null : p.GetRequiredService<ServedCluster>()));
    }

    private static AllDataOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<AllDataOptions>>().Value;
}
