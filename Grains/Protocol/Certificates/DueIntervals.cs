using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;

namespace AllData.Protocol.Certificates;

/// <summary>An interval that is to be looked at, and what the peers hold of it now.</summary>
internal readonly record struct DueInterval(Interval Interval, HeldMark Held);

/// <summary>Which intervals a silo looks at, the most urgent first.</summary>
internal static class DueIntervals
{
    /// <summary>
    /// First those that have no certificate that promises something, then those of which a peer holds something else than when they were certified. What this
    /// silo has never looked at is most probably as it was sealed: one of these at a time.
    /// </summary>
    /// <param name="answers">What each peer holds that has answered, by its ordinal.</param>
    /// <param name="logged">The intervals that have a certificate.</param>
    /// <param name="marks">What was held when this silo found an interval as certified, by the interval's first minute.</param>
    /// <param name="isDueAgain">Whether an interval whose last attempt has failed is tried again now; null where it has none.</param>
    /// <param name="isSettled">Whether an interval is over, and for long enough.</param>
    public static ImmutableArray<DueInterval> Of(
        IReadOnlyDictionary<int, Dictionary<Interval, string>> answers, IReadOnlyDictionary<Interval, LoggedInterval> logged,
        IReadOnlyDictionary<long, HeldMark> marks, Func<Interval, HeldMark, bool?> isDueAgain, Func<Interval, bool> isSettled)
    {
        // One of which no peer holds anything any more is looked at, too, if its certificate has events.
        var known = logged.Where(static one => one.Value.Content.Events > 0).Select(static one => one.Key);
        var due = answers.Values.SelectMany(static peer => peer.Keys).Union(known).Order().Where(isSettled).Select(Judge).ToLookup(
            static one => one.Urgency, static one => one.Due);
        return [.. due[Urgency.Unsealed], .. due[Urgency.Changed], .. due[Urgency.Unseen].Take(1)];

        (Urgency Urgency, DueInterval Due) Judge(Interval interval)
        {
            var held = HeldMark.Of(answers.Select(peer => (peer.Key, peer.Value.GetValueOrDefault(interval, ""))));

            // Copies that are missing come by themselves, which changes what is held. What is unknown may become known without any change.
            var isSealed = logged.TryGetValue(interval, out var newest) && newest.State != CertificateState.Unknown;
            var urgency = isDueAgain(interval, held) is { } again ? again ? isSealed ? Urgency.Changed : Urgency.Unsealed : Urgency.None
                : !isSealed ? Urgency.Unsealed
                : !marks.TryGetValue(interval.FirstMinute.Value, out var mark) ? Urgency.Unseen
                : mark.DiffersFrom(held, answers.Keys) ? Urgency.Changed
                : Urgency.None;
            return (urgency, new DueInterval(interval, held));
        }
    }

    private enum Urgency
    {
        None = 0,
        Unseen = 1,
        Changed = 2,
        Unsealed = 3,
    }
}
