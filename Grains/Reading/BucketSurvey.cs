using System.Collections.Immutable;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Scans;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>What the registered peers say of a run of minutes.</summary>
/// <param name="Live">The topology that the peers' indexes belong to.</param>
/// <param name="FromMinute">First minute.</param>
/// <param name="ToMinute">First minute that is not covered.</param>
/// <param name="Peers">The buckets of each peer that answered.</param>
/// <param name="Doubts">Peers that did not answer, or are known to have lost something.</param>
internal sealed record ScanWindow(
    LiveTopology Live, UnixMinute FromMinute, UnixMinute ToMinute, ImmutableArray<PeerBuckets> Peers, ImmutableArray<ScanDoubt> Doubts);

/// <summary>Asks every registered storing peer for its buckets: this also finds blocks that lie only outside their copyset.</summary>
/// <param name="services">What reading uses.</param>
/// <param name="away">Peers that have failed.</param>
/// <param name="scope">Whose peers are asked.</param>
/// <param name="topic">Only buckets of this topic; null: all.</param>
internal sealed class BucketSurvey(ScanServices services, AwayPeers away, ScanScope scope = ScanScope.Store, Topic? topic = null)
{
    // A minute has a bucket for each copyset in use: some hundred. An answer stays far below a megabyte.
    private const int MaxBucketsPerPeer = 8192;

    /// <summary>Surveys the first minutes of a range: as many as every peer's first answer covers.</summary>
    public async Task<ScanWindow> TakeAsync(LiveTopology live, UnixMinute fromMinute, UnixMinute toMinute)
    {
        var range = new BucketRange(fromMinute, toMinute, MaxBucketsPerPeer) { Topic = topic };
        var answers = await new StoringPeers(services, away).AskAsync(live, scope, range);
        var coveredTo = answers.Min(static a => a.Page?.CoveredTo) ?? toMinute;
        return new ScanWindow(
            live,
            fromMinute,
            coveredTo,
            [.. answers.Where(static a => a.Page is not null).Select(a => new PeerBuckets(a.Peer, Covered(a.Page!, coveredTo)))],
            [.. answers.SelectMany(a => DoubtsOf(live.Topology[a.Peer].Id, a, fromMinute, coveredTo))]);
    }

    private static ImmutableArray<BucketSum> Covered(BucketPage page, UnixMinute coveredTo) =>
        page.CoveredTo == coveredTo ? page.Buckets : page.Buckets.RemoveAll(b => b.UnixMinute >= coveredTo);

    private IEnumerable<ScanDoubt> DoubtsOf(PeerId peer, StoringPeers.Answer answer, UnixMinute fromMinute, UnixMinute toMinute)
    {
        var (from, to) = (fromMinute.GetFirstKey(), toMinute.GetFirstKey());
        if (answer.Page is not { } page)
        {
            return [services.DoubtOf(from, to, peer, answer.Reason!)];
        }

        return page.Damaged
            .Select(d => (d.Reason, From: Max(from, d.Interval.FirstKey),
                To: Min(to, d.Interval.EndKey)))
            .Where(static d => d.From < d.To)
            .Select(d => services.DoubtOf(d.From, d.To, peer, d.Reason));
    }

    private static EventKey Max(EventKey a, EventKey b) => a > b ? a : b;

    private static EventKey Min(EventKey a, EventKey b) => a < b ? a : b;
}
