namespace AllData.Remote;

/// <summary>A peer client that was added to a silo.</summary>
/// <param name="Name">The name by which routes choose it.</param>
/// <param name="Create">Makes it, once, when the first peer is reached through it.</param>
internal sealed record PeerClientRegistration(string Name, Func<IServiceProvider, IPeerClient> Create);

/// <summary>The peer clients of this silo by their names.</summary>
internal sealed class PeerClients
{
    private readonly Dictionary<string, Lazy<IPeerClient>> _clients = new(StringComparer.Ordinal);

    /// <param name="registrations">The clients; of two with one name there is none.</param>
    /// <param name="services">What they are made from.</param>
    /// <exception cref="ArgumentException">Two have one name.</exception>
    public PeerClients(IEnumerable<PeerClientRegistration> registrations, IServiceProvider services)
    {
        foreach (var one in registrations)
        {
            if (!_clients.TryAdd(one.Name, new Lazy<IPeerClient>(() => one.Create(services))))
            {
                throw new ArgumentException($"Two peer clients are named '{one.Name}': a route could not say which it means. Give one another name.");
            }
        }
    }

    /// <summary>The client of a name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public IPeerClient Of(string name) => _clients.TryGetValue(name, out var client)
        ? client.Value
        : throw new FormatException($"There is no peer client '{name}' in this silo: {string.Join(", ", _clients.Keys.Order(StringComparer.Ordinal))} are. "
            + "Add it with AddPeerClient, or correct the peer's route.");
}
