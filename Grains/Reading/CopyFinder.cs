using AllData.Copies;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Topologies;

namespace AllData.Reading;

/// <summary>Asks every storing peer of the store which events it holds under a key, some at a time. Reads no payload.</summary>
/// <param name="services">What reading uses.</param>
internal sealed class CopyFinder(ScanServices services)
{
    private const int MaxAtOnce = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks. A peer that fails is noted as silent; the others go on.</summary>
    /// <exception cref="RegistryUnavailableException">This silo does not know the peers yet.</exception>
    public async Task<FoundCopies> FindAsync(EventKey key)
    {
        var live = services.Topologies.KnownPeers;
        int[] peers =
        [
            .. Enumerable.Range(0, live.Topology.Count).Where(i => live.Topology[i] is { Stores: true, IsPutOnly: false }).OrderBy(i => live.Topology[i].Id),
        ];
        var asked = new AskedPeer[peers.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, TaskScheduler = TaskScheduler.Current };
        await Parallel.ForAsync(0, peers.Length, options, async (i, _) =>
        {
            var peer = live.Topology[peers[i]].Id;
            asked[i] = live.Of(peers[i]) != PeerAvailability.Dead ? await AskAsync(peer, key)
                : new AskedPeer(peer, [], live.IsCutOff(peers[i]) ? "It was not asked: its cluster is cut off." : "It was not asked: no silo hosts it.");
        });
        return new FoundCopies(live.Topology.Snapshot, [.. asked]);
    }

    private async Task<AskedPeer> AskAsync(Peers.PeerId peer, EventKey key)
    {
        try
        {
            return new AskedPeer(peer, await services.Replicas.Of(peer).LookUpAsync([key]).WaitAsync(Patience, services.Time));
        }
        catch (TimeoutException)
        {
            return new AskedPeer(peer, [], $"It was asked and has not answered within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e)
        {
            return new AskedPeer(peer, [], $"It was asked and failed: {FailureText.SentenceOf(e)}");
        }
    }
}
