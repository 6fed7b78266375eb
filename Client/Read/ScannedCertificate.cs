using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Errors;
using AllData.Intervals;
using AllData.Reading;

namespace AllData.Client.Read;

/// <summary>What a scan of a whole interval says of its certificate, for machines.</summary>
/// <param name="Version">The version of the newest certificate.</param>
/// <param name="State">What it promises.</param>
/// <param name="Root">The root that it certifies.</param>
/// <param name="HasRoot">Whether the events that were given have this root. Encrypted events do not: the root is that of what is stored.</param>
internal sealed record ScannedCertificateJson(int Version, CertificateState State, TreeHash Root, bool HasRoot);

/// <summary>Compares the events of a scan with the certificate of their interval, while they are given.</summary>
internal sealed class ScannedCertificate
{
    private readonly CertifiedInterval _certified;
    private readonly IntervalTree _tree = new();

    private ScannedCertificate(CertifiedInterval certified) => _certified = certified;

    /// <summary>
    /// The newest certificate of an interval; null where it has none, or the silo does not say, or it is about a part of what is read: a cluster of several
    /// certifies what its own peers hold.
    /// </summary>
    public static async Task<ScannedCertificate?> FindAsync(ClusterSession cluster, Interval interval, ScanScope scope, CancellationToken cancellation)
    {
        try
        {
            var certificates = cluster.Grains.GetCertificates();
            if (scope == ScanScope.Store && (await certificates.GetSealedByCluster(interval, 1).WaitAsync(cancellation)).Length > 1)
            {
                return null;
            }

            var found = await certificates.GetSealed(interval, 1).WaitAsync(cancellation);
            return found is [var one] && one.Interval == interval ? new ScannedCertificate(one) : null;
        }
        catch (Exception e) when (e is CertificateException or OrleansException or TimeoutException or CallerRefusedException)
        {
            // The events are given all the same.
            return null;
        }
    }

    /// <summary>Takes events that are given; they follow those before.</summary>
    public void Take(ScanPage page)
    {
        var reader = page.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            _tree.Add(reader.Current.Key, reader.Current.Payload, page.Topics?.Of(i));
        }
    }

    /// <summary>What is said, once all events were given.</summary>
    public ScannedCertificateJson Complete() => new(
        _certified.Version, _certified.State, _certified.Root,
        _tree.Complete() == new IntervalContent(_certified.Events, _certified.Conflicts, _certified.Root));
}
