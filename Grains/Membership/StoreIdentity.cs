using AllData.Configuration;
using AllData.Errors;
using AllData.Replication;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace AllData.Membership;

/// <summary>The store that this silo belongs to: reported to clients, and compared with the store that a batch names.</summary>
internal sealed class StoreIdentity(
    HostedPeer hostedPeer, ConfiguredFederation federation, ITopologies topologies, IOptions<AllDataOptions> options, ILocalSiloDetails silo)
{
    private readonly LimitOptions _limits = options.Value.Limits;

    /// <summary>The store; null as long as the registry has not named it.</summary>
    public Guid? Id => hostedPeer.StoreId is var id && id != Guid.Empty ? id : null;

    /// <summary>The description that clients get.</summary>
    public StoreDescription Describe() => new()
    {
        Store = Id,
        Peer = hostedPeer.Id,
        Gateway = silo.GatewayAddress is { Endpoint: { } endpoint } ? endpoint.ToString() : "",
        MaxEventBytes = _limits.MaxEventBytes,
        MaxPutManyEvents = _limits.MaxPutManyEvents,
        MaxPutManyBytes = _limits.MaxPutManyBytes,
        Ordinal = topologies.Current.OwnOrdinal,
        Aliases = federation.Own?.Document.Aliases ?? [],
        TakesTopics = true,
    };

    /// <summary>Refuses a request that is meant for another store.</summary>
    /// <param name="meant">The intended store; null: any.</param>
    /// <exception cref="OtherStoreException">It is not this one.</exception>
    public void Refuse(Guid? meant)
    {
        if (meant is { } expected && Id is { } actual && expected != actual && !federation.Stores.Contains(expected))
        {
            throw new OtherStoreException(
                $"The put is meant for store {expected}; peer '{hostedPeer.Id}' belongs to store {actual}. Nothing was written. Give a client the gateways"
                + " of one store only.",
                expected,
                actual);
        }
    }
}
