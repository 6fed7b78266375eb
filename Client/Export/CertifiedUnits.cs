using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Intervals;

namespace AllData.Client.Export;

/// <summary>The certificates that an export is compared with.</summary>
internal sealed class CertifiedUnits
{
    private readonly CheckedLog _log;
    private readonly Dictionary<Interval, (IntervalCertificate Certificate, int Index)> _newest;

    /// <summary>Takes a log that was read and checked.</summary>
    /// <exception cref="NotCertifiedException">It does not hold.</exception>
    public CertifiedUnits(CheckedLog log)
    {
        if (!log.Faults.IsEmpty)
        {
            throw new NotCertifiedException(
                $"The log of certificates does not hold, so nothing is certified by it: {log.Faults[0].Sentence} alldata verify says more.");
        }

        _log = log;
        _newest = log.Newest.ToDictionary(static c => c.Certificate.Interval);
    }

    /// <summary>The newest certificate of an interval; null where it has none.</summary>
    public IntervalCertificate? Find(Interval interval) => _newest.TryGetValue(interval, out var found) ? found.Certificate : null;

    /// <summary>The newest certificate of an interval, with what proves that it is in the log.</summary>
    public CertificateProof Prove(Interval interval) => _log.Prove(_newest[interval].Index);

    /// <summary>Units of the newest certificates that promise enough, each with a directory for its version, in the order of the intervals.</summary>
    /// <param name="required">What a certificate must promise, at least.</param>
    public IEnumerable<ExportUnit> UnitsOf(CertificateState required) => _newest.Values.Select(static c => c.Certificate)
        .Where(c => c.State >= required).OrderBy(static c => c.Interval)
        .Select(static c => new ExportUnit(c.Interval, c.Interval.FirstKey, c.Interval.EndKey, ExportUnit.Closed, c.Content.Events) { Version = c.Version });

    /// <summary>Intervals that have events by their certificates: also those of which no peer holds anything now.</summary>
    public ImmutableArray<Interval> WithEvents =>
        [.. _newest.Values.Where(static c => c.Certificate.Content.Events > 0).Select(static c => c.Certificate.Interval).Order()];
}
