using AllData.Certificates;
using AllData.Intervals;

namespace AllData.Storage.Certificates;

/// <summary>The newest certificate of an interval, as a log has it.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Certificate">What its text says.</param>
internal sealed record NewestCertificate(CertificateEntry Entry, IntervalCertificate Certificate)
{
    /// <summary>Looks it up and reads it; null: the log has no certificate of the interval.</summary>
    /// <param name="stored">The log.</param>
    /// <param name="interval">The interval.</param>
    /// <exception cref="IOException">It cannot be read, or is not what was written.</exception>
    public static NewestCertificate? Find(IStoredCertificateLog stored, Interval interval)
    {
        if (!stored.Log.Sealed.TryGetValue(interval, out var newest))
        {
            return null;
        }

        var entry = new CertificateEntry(newest.Index, stored.Read((int)newest.Index));
        return new NewestCertificate(entry, IntervalCertificate.Parse(entry.Text));
    }
}
