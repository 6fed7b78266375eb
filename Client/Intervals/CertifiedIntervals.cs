using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Intervals;

namespace AllData.Client.Intervals;

/// <summary>What the clusters of a store have certified of its intervals. Most stores have one cluster.</summary>
internal sealed class CertifiedIntervals
{
    private const int PerCall = 1_000;

    private readonly List<string> _clusters = [];
    private readonly Dictionary<string, Dictionary<Interval, CertifiedInterval>> _certified = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _silent = new(StringComparer.Ordinal);

    /// <summary>The clusters, that of the gateways first.</summary>
    public IReadOnlyList<string> Clusters => _clusters;

    /// <summary>Whether the store has several clusters.</summary>
    public bool HasOthers => _clusters.Count > 1;

    /// <summary>Clusters that have not answered, with the reasons.</summary>
    public IReadOnlyDictionary<string, string> Silent => _silent;

    private bool AreOthersRead { get; set; }

    /// <summary>Whether nothing is certified.</summary>
    public bool IsEmpty => _certified.Values.All(static of => of.Count == 0);

    /// <summary>Reads them all.</summary>
    public static async Task<CertifiedIntervals> ReadAsync(ClusterSession cluster, CancellationToken cancellation)
    {
        var all = new CertifiedIntervals();
        for (Interval? next = null; ;)
        {
            var from = next;
            var some = all.AreOthersRead
                ? [new ClusterCertificates(all._clusters[0], await cluster.CallAsync(g => g.GetCertificates().GetSealed(from, PerCall), cancellation))]
                : await cluster.CallAsync(g => g.GetCertificates().GetSealedByCluster(from, PerCall), cancellation);
            all.Add(some);

            // A cluster that has told all is asked again only with one that has not, and then says the same.
            all.AreOthersRead |= some.Skip(1).All(static of => of.Failure is not null || of.Sealed.Length < PerCall);
            var more = some.Where(static of => of.Sealed.Length >= PerCall).Select(static of => of.Sealed[^1].Interval).ToList();
            if (more.Count == 0)
            {
                return all;
            }

            next = more.Min().Next;
        }
    }

    /// <summary>Adds what was answered.</summary>
    public void Add(IEnumerable<ClusterCertificates> answers)
    {
        foreach (var answer in answers)
        {
            if (!_certified.TryGetValue(answer.Cluster, out var certified))
            {
                _clusters.Add(answer.Cluster);
                _certified.Add(answer.Cluster, certified = []);
            }

            foreach (var one in answer.Sealed)
            {
                certified[one.Interval] = one;
            }

            if (answer.Failure is not null)
            {
                _silent[answer.Cluster] = answer.Failure;
            }
        }
    }

    /// <summary>The newest certificate of an interval by the cluster of the gateways, or null.</summary>
    public CertifiedInterval? OwnOf(Interval interval) => In(_clusters[0], interval);

    /// <summary>The newest certificate of an interval by a cluster, or null.</summary>
    public CertifiedInterval? In(string cluster, Interval interval) => _certified[cluster].GetValueOrDefault(interval);

    /// <summary>
    /// What is promised of an interval of the store: no more than by the least certain cluster, and unknown while one has not certified it or does not
    /// answer. Null: none has certified it.
    /// </summary>
    public CertificateState? StateOf(Interval interval)
    {
        var states = _clusters.ConvertAll(cluster => In(cluster, interval)?.State);
        return states.TrueForAll(static state => state is null) ? null : states.Min(static state => state ?? CertificateState.Unknown);
    }

    /// <summary>Those that have events by the certificates of the gateways' cluster, and of which none of its peers holds anything.</summary>
    public ImmutableArray<CertifiedInterval> LostOf(ImmutableArray<IntervalSummary> held) =>
    [
        .. _certified[_clusters[0]].Values.Where(c => c.Events > 0 && !held.Any(h => h.Interval == c.Interval)).OrderBy(static c => c.Interval),
    ];
}
