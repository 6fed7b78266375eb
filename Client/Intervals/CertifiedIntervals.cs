using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Intervals;

namespace AllData.Client.Intervals;

/// <summary>The intervals of a cluster that have certificates.</summary>
internal static class CertifiedIntervals
{
    private const int PerCall = 1_000;

    /// <summary>What the newest certificate of each says.</summary>
    public static async Task<IReadOnlyDictionary<Interval, CertifiedInterval>> ReadAsync(ClusterSession cluster, CancellationToken cancellation)
    {
        var all = new Dictionary<Interval, CertifiedInterval>();
        for (Interval? next = null; ;)
        {
            var from = next;
            var some = await cluster.CallAsync(g => g.GetCertificates().GetSealed(from, PerCall), cancellation);
            if (some.IsEmpty)
            {
                return all;
            }

            foreach (var one in some)
            {
                all[one.Interval] = one;
            }

            next = some[^1].Interval.Next;
        }
    }

    /// <summary>Those that have events by their certificates, and of which no peer holds anything.</summary>
    public static ImmutableArray<CertifiedInterval> LostOf(
        IReadOnlyDictionary<Interval, CertifiedInterval> certified, ImmutableArray<IntervalSummary> held) =>
        [.. certified.Values.Where(c => c.Events > 0 && !held.Any(h => h.Interval == c.Interval)).OrderBy(static c => c.Interval)];
}
