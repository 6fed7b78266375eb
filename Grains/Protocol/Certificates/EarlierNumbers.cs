using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Replication;

namespace AllData.Protocol.Certificates;

/// <summary>
/// What an earlier certificate of the interval says of coordinators that cannot be asked any more. No number is given in an interval that was certified: what
/// was known then is known now.
/// </summary>
internal static class EarlierNumbers
{
    /// <summary>Fills in what is not known now.</summary>
    /// <param name="now">What is known now.</param>
    /// <param name="newest">The newest certificate of the interval; null where it has none.</param>
    public static IEnumerable<CertifiedNumbers> Of(IEnumerable<CertifiedNumbers> now, IntervalCertificate? newest) =>
        newest is null ? now : now.Select(one => Of(one, newest.Coordinators));

    private static CertifiedNumbers Of(CertifiedNumbers now, ImmutableArray<CertifiedNumbers> earlier)
    {
        var before = earlier.FirstOrDefault(c => (c.Ordinal, c.Incarnation) == (now.Ordinal, now.Incarnation));
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
}
