using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Asks every registered storing peer the same question: also those that no copyset names.</summary>
/// <param name="services">What reading uses.</param>
/// <param name="away">Peers that have failed.</param>
internal sealed class StoringPeers(ScanServices services, AwayPeers away)
{
    /// <summary>The answer of a peer, by its index in the topology, or why it did not answer.</summary>
    public sealed record Answer(int Peer, BucketPage? Page, string? Reason);

    /// <summary>Asks them.</summary>
    /// <param name="live">The topology.</param>
    /// <param name="scope">Whose peers are asked.</param>
    /// <param name="range">The question.</param>
    public Task<Answer[]> AskAsync(LiveTopology live, ScanScope scope, BucketRange range) => Task.WhenAll(
        Enumerable.Range(0, live.Topology.Count)
            .Where(i => live.Topology[i].Stores && services.IsWithin(scope, live.Topology[i].Id))
            .Select(i => AskAsync(live, i, range)));

    private async Task<Answer> AskAsync(LiveTopology live, int index, BucketRange range)
    {
        var peer = live.Topology[index].Id;
        if (live.Of(index) == PeerAvailability.Dead)
        {
            return new Answer(index, null, live.IsCutOff(index) ? "its cluster is cut off" : "no active silo hosts it");
        }

        if (away.ReasonOf(peer) is { } reason)
        {
            return new Answer(index, null, reason);
        }

        try
        {
            var page = await services.Replicas.Of(peer).ReadBucketsAsync(range, CancellationToken.None);

            // Without this check a scan would request the same minutes forever.
            return page.CoveredTo > range.FromMinute || range.Late is not null
                ? new Answer(index, page, null)
                : throw new InvalidDataException($"it said nothing about minute {range.FromMinute}.");
        }
        catch (Exception e)
        {
            services.ThrowIfStopping();

            // One peer that cannot answer must not hide what the others hold; the doubt names it.
            return new Answer(index, null, away.Add(peer, e));
        }
    }
}
