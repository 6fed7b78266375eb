using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Intervals;
using AllData.Peers;
using AllData.Reading;
using AllData.Repair;
using AllData.Replication;

namespace AllData.Sealing;

/// <summary>What the peers say of the copies of an interval's blocks.</summary>
/// <param name="Copies">The blocks by their copies.</param>
/// <param name="Missing">The peers that lack copies, ascending by ordinal.</param>
/// <param name="Silent">Peers that have not answered for the whole interval.</param>
internal sealed record CopySurvey(AdherenceCounts Copies, ImmutableArray<PeerMissingCopies> Missing, ImmutableHashSet<PeerId> Silent)
{
    /// <summary>Counts the copies of an interval at the peers of the cluster, window by window.</summary>
    /// <param name="scans">What reading uses.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="topology">The version of the cluster's topology that all windows must be counted under.</param>
    /// <param name="stop">Ends it between two answers.</param>
    /// <exception cref="CertificateException">The list of peers has changed.</exception>
    public static async Task<CopySurvey> TakeAsync(ScanServices scans, Interval interval, long topology, CancellationToken stop)
    {
        var census = new CopyCensus(scans, ScanScope.Cluster);
        var tally = new CopyTally();
        for (var from = interval.FirstMinute; from < interval.EndMinute;)
        {
            var window = await census.TakeAsync(from, interval.EndMinute, stop);
            if (scans.Topologies.Own.Version != topology)
            {
                throw new CertificateException("The list of peers has changed while an interval was looked at. Try again.");
            }

            tally.Add(window);
            from = window.ToMinute;
        }

        return tally.Result;
    }

    private sealed class CopyTally
    {
        private readonly Dictionary<Adherence, long> _blocks = [];
        private readonly SortedDictionary<int, (PeerId Peer, long Blocks)> _missing = [];
        private readonly HashSet<PeerId> _silent = [];

        public CopySurvey Result => new(
            new AdherenceCounts(
                _blocks.GetValueOrDefault(Adherence.Strict), _blocks.GetValueOrDefault(Adherence.Relaxed),
                _blocks.GetValueOrDefault(Adherence.UnderReplicated)),
            [.. _missing.Select(static m => new PeerMissingCopies(m.Key, m.Value.Peer, m.Value.Blocks))],
            [.. _silent]);

        public void Add(CensusWindow window)
        {
            _silent.UnionWith(window.NotAnswering);
            foreach (var group in window.Groups)
            {
                _blocks[group.Adherence] = _blocks.GetValueOrDefault(group.Adherence) + group.Blocks;
                foreach (var index in group.Owing.Where(index => !group.Holders.Contains(index) && !group.Unverifiable.Contains(index)))
                {
                    var peer = window.Live.Topology[index];
                    _missing[peer.Ordinal] = (peer.Id, _missing.GetValueOrDefault(peer.Ordinal).Blocks + group.Blocks);
                }
            }
        }
    }
}
