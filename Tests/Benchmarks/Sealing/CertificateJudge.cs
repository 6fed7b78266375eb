using AllData.Certificates;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Benchmarks;

/// <summary>Compares the certificates in the data directories with what lies in the interval files beside them, after the silos have ended.</summary>
internal sealed class CertificateJudge(SealedSilos silos, SealingVerdict verdict)
{
    private readonly CountedIntervals _counted = CountedIntervals.Count(silos.Peers);

    /// <summary>Judges the log of each peer, and the certificates of each interval.</summary>
    /// <param name="expected">The intervals that must be sealed.</param>
    /// <param name="acknowledged">What clients were told.</param>
    public void Judge(IReadOnlyList<Interval> expected, IReadOnlyDictionary<EventKey, EventDigest> acknowledged)
    {
        verdict.Judge("every block in the files is intact", _counted.Faults.Count == 0, _counted.Faults.FirstOrDefault() ?? "all are");
        var certificates = JudgeLogs();
        var beyond = certificates.Keys.Except(expected).ToList();
        foreach (var interval in expected.Concat(beyond).Order())
        {
            var told = acknowledged.Where(one => interval.Contains(one.Key)).Select(static one => (one.Key, one.Value)).ToList();
            var faults = FaultsOf(certificates.GetValueOrDefault(interval) ?? [], _counted[interval], told).ToList();
            var newest = certificates.GetValueOrDefault(interval)?[^1];
            verdict.Judge(
                $"certificate of interval {interval}", faults.Count == 0,
                faults.Count > 0 ? string.Join("; ", faults)
                    : $"version {newest!.Version}, {newest.State}, {newest.Content.Events} events, {told.Count} acknowledged, root as counted");
        }
    }

    private Dictionary<Interval, List<IntervalCertificate>> JudgeLogs()
    {
        var logs = silos.Peers.ToDictionary(static p => p.Id.Value, static p => CertificateLogFiles.ReadTexts(p.DataDirectory));
        var longest = logs.Values.MaxBy(static texts => texts.Count)!;
        var different = logs.Where(log => !log.Value.SequenceEqual(longest)).Select(static log => $"{log.Key} has {log.Value.Count}").ToList();
        verdict.Judge("all peers have the same log", different.Count == 0, $"{longest.Count} certificates; {string.Join(", ", different)}".TrimEnd(' ', ';'));
        var faults = silos.Peers.Select(static p => (p.Id, Fault: CertificateLogFiles.FaultOf(p.DataDirectory)))
            .Where(static f => f.Fault is not null).ToList();
        verdict.Judge("each head is that of its entries", faults.Count == 0, faults.Count == 0 ? "by RFC 6962" : $"{faults[0].Id}: {faults[0].Fault}");
        return longest.Select(IntervalCertificate.Parse).GroupBy(static c => c.Interval).ToDictionary(static of => of.Key, static of => of.ToList());
    }

    private static IEnumerable<string> FaultsOf(
        List<IntervalCertificate> versions, CountedInterval counted, List<(EventKey Key, EventDigest Digest)> acknowledged)
    {
        if (versions.Count == 0)
        {
            yield return "it has none";
            yield break;
        }

        var newest = versions[^1];
        if (!versions.Select(static c => c.Version).SequenceEqual(Enumerable.Range(1, versions.Count))
            || versions.Zip(versions.Skip(1)).Any(static pair => pair.Second.Content.Events < pair.First.Content.Events))
        {
            yield return $"its versions are {string.Join(", ", versions.Select(static c => $"{c.Version} with {c.Content.Events} events"))}";
        }

        var (events, conflicts, root) = (counted.Entries.Count, counted.Conflicts, counted.Root);
        if ((newest.Content.Events, newest.Content.Conflicts, newest.Content.Root.ToString()) != (events, conflicts, root))
        {
            yield return $"it says {newest.Content.Events} events, {newest.Content.Conflicts} conflicts, root {newest.Content.Root}; "
                + $"counted {events}, {conflicts}, {root}";
        }

        if (acknowledged.FindAll(one => !counted.Events.Contains(one)) is { Count: > 0 } lost)
        {
            yield return $"{lost.Count} acknowledged events are in no file, the first {lost[0].Key}, and it says {newest.State}";
        }

        if (newest.State == CertificateState.Unknown)
        {
            yield return "it is unknown with all peers up";
        }

        var blocks = newest.Copies.Strict + newest.Copies.Relaxed + newest.Copies.UnderReplicated;
        if (blocks != counted.Blocks.Count)
        {
            yield return $"it counts {blocks} blocks; {counted.Blocks.Count} are held";
        }

        foreach (var fault in FaultsOfNumbers(newest, counted))
        {
            yield return fault;
        }
    }

    // Each number is held, or the certificate says why not; and none is both.
    private static IEnumerable<string> FaultsOfNumbers(IntervalCertificate newest, CountedInterval counted)
    {
        var coordinators = newest.Coordinators.ToDictionary(static c => (c.Ordinal, c.Incarnation));
        var held = counted.Blocks.Keys.ToLookup(static id => (id.Ordinal, id.Incarnation), static id => id.Number);
        foreach (var unnamed in held.Select(static of => of.Key).Where(id => !coordinators.ContainsKey(id)))
        {
            yield return $"it does not name coordinator {unnamed}, whose blocks are held";
        }

        foreach (var (id, named) in coordinators)
        {
            var (numbers, all) = (NumberRanges.Of(held[id]), NumberRanges.Between(0, named.Issued));
            var explained = named.Abandoned.Union(named.InFlightAtCrash).Union(named.Missing);
            if (!all.Except(numbers.Union(explained)).IsEmpty || !numbers.Except(all).IsEmpty || !numbers.Intersect(explained).IsEmpty)
            {
                yield return $"of coordinator {id} it names {named.Issued} numbers, abandoned {named.Abandoned}, in flight {named.InFlightAtCrash}, "
                    + $"missing {named.Missing}; held are {numbers}";
            }
        }
    }
}
