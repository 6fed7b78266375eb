using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Replication;

namespace AllData.Protocol.Certificates;

/// <summary>
/// What an earlier certificate of the interval says of coordinators that cannot be asked any more. If all storing peers had closed the interval then, no number
/// was given in it since: what was known is known.
/// </summary>
internal static class EarlierNumbers
{
    /// <summary>Whether all storing peers had answered and had closed the interval when a certificate of it was made.</summary>
    public static bool AreFinal(IntervalCertificate certificate) =>
        !certificate.Doubts.Any(static doubt => doubt.Reason is DoubtReason.Silent or DoubtReason.Open);

    /// <summary>Fills in what is not known now. A coordinator of which nothing is known any more stays named.</summary>
    /// <param name="now">What is known now.</param>
    /// <param name="newest">The newest certificate of the interval; null where it has none.</param>
    public static IEnumerable<CertifiedNumbers> Of(ImmutableArray<CertifiedNumbers> now, IntervalCertificate? newest)
    {
        if (newest is null)
        {
            return now;
        }

        var gone = newest.Coordinators.Select(IdOf).Except(now.Select(IdOf))
            .Select(static id => new CertifiedNumbers(id.Ordinal, id.Incarnation, Issued: 0) { IsEndUnknown = true });
        var all = now.Concat(gone);
        return AreFinal(newest) ? all.Select(one => Of(one, newest.Coordinators)) : all;
    }

    private static CertifiedNumbers Of(CertifiedNumbers now, ImmutableArray<CertifiedNumbers> earlier)
    {
        var before = earlier.FirstOrDefault(c => IdOf(c) == IdOf(now));
        if (!now.IsEndUnknown || before is not { IsEndUnknown: false } || now.Issued > before.Issued)
        {
            return now;
        }

        // Of a coordinator that has said nothing, all that is not held is missing.
        var unheld = now.Missing.Union(NumberRanges.Between(now.Issued, before.Issued));
        return new CertifiedNumbers(now.Ordinal, now.Incarnation, before.Issued)
        {
            Abandoned = before.Abandoned.Intersect(unheld),
            InFlightAtCrash = before.InFlightAtCrash.Intersect(unheld),
            Missing = unheld.Except(before.Abandoned).Except(before.InFlightAtCrash),
        };
    }

    private static (int Ordinal, int Incarnation) IdOf(CertifiedNumbers numbers) => (numbers.Ordinal, numbers.Incarnation);
}
