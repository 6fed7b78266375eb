using AllData.Peers;
using AllData.Replication;

namespace AllData.Batching.Gateways;

/// <summary>The result of a survey of the cluster's gateways.</summary>
/// <param name="Gateways">The gateways that answered, one entry each.</param>
/// <param name="Locations">Where the gateways are, by ordinal; null when the registry did not answer.</param>
internal sealed record SurveyResult(IReadOnlyList<Gateway> Gateways, Dictionary<int, PeerLocation>? Locations);

/// <summary>
/// Finds the cluster's gateways. An Orleans client assigns each new grain key to its next gateway in turn, so consecutive keys reach all of them.
/// </summary>
internal sealed class GatewayDiscovery(IGrainFactory grains, TimeProvider time)
{
    // Keys asked at once: more than most clusters have gateways, so that one round finds all of them and a second confirms it.
    private const int KeysPerRound = 8;
    private const int MaxRounds = 8;

    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(2);

    private readonly KnownStore _store = grains.GetKnownStore();
    private int _next = Environment.ProcessId;

    /// <summary>A coordinator that was not asked recently.</summary>
    public IPutCoordinatorGrain NextCoordinator() => grains.GetPutCoordinatorNumbered(unchecked((uint)Interlocked.Increment(ref _next)));

    /// <summary>Looks.</summary>
    /// <param name="known">Ordinals of the gateways known already.</param>
    public async Task<SurveyResult> RunAsync(IEnumerable<int> known)
    {
        var locations = AskRegistryAsync();
        var seen = known.ToHashSet();
        var found = new Dictionary<int, Gateway>();
        for (var round = 0; round < MaxRounds; round++)
        {
            var before = seen.Count;
            foreach (var gateway in (await Task.WhenAll(Enumerable.Range(0, KeysPerRound).Select(_ => AskNextAsync()))).OfType<Gateway>())
            {
                seen.Add(gateway.Ordinal!.Value);
                found.TryAdd(gateway.Ordinal.Value, gateway);
            }

            if (seen.Count == before)
            {
                break;
            }
        }

        return new SurveyResult([.. found.Values], await locations);
    }

    private async Task<Gateway?> AskNextAsync()
    {
        try
        {
            var coordinator = NextCoordinator();
            var description = await coordinator.Describe().WaitAsync(AnswerBound, time);

            // Puts through a gateway of another store would split the events.
            _store.Accept(description.Store, description.Aliases);
            var ordinal = description.Ordinal ?? await OrdinalOfKeyAsync(coordinator);
            return new Gateway(coordinator, ordinal) { IsVerified = description.Store is not null, TakesTopics = description.TakesTopics };
        }
        catch (Exception)
        {
            // A gateway that issues no keys yet, or belongs to another store, is not used; a later survey may find it.
            return null;
        }
    }

    /// <summary>A silo of an earlier version does not say its ordinal, but its keys do.</summary>
    private async Task<int> OrdinalOfKeyAsync(IPutCoordinatorGrain coordinator) =>
        (await coordinator.ReserveKeys(1).WaitAsync(AnswerBound, time))[0].Ordinal;

    private async Task<Dictionary<int, PeerLocation>?> AskRegistryAsync()
    {
        try
        {
            var topology = await grains.GetPeerRegistry().GetTopology().WaitAsync(AnswerBound, time);
            var peers = topology.Peers.ToDictionary(static peer => peer.Id, static peer => peer.Location);
            return topology.Ordinals.Where(o => peers.ContainsKey(o.Peer)).ToDictionary(static o => o.Ordinal, o => peers[o.Peer]);
        }
        catch (Exception)
        {
            // Without the registry there is no preference, and puts continue.
            return null;
        }
    }
}
