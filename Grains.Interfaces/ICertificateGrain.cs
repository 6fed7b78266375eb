using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;

namespace AllData;

/// <summary>
/// The certificates of the cluster's intervals, and their log, as the silo's own peer has them. Runs at the silo where the call comes in. Stateless: any
/// integer is one (<see cref="GrainFactoryExtensions.GetCertificates"/>).
/// </summary>
[Alias("AllData.ICertificateGrain")]
public interface ICertificateGrain : IGrainWithIntegerKey
{
    /// <summary>The newest valid head of the log that this silo's peer knows, and the keys that it is verified with.</summary>
    /// <exception cref="Errors.CertificateException">This silo's peer keeps no log, or cannot read it.</exception>
    [Alias("GetHead")]
    Task<CertificateHead> GetHead();

    /// <summary>Entries of the log, with the head that they are under.</summary>
    /// <param name="from">Index of the first, from 0.</param>
    /// <param name="count">How many, at most; fewer come if they are long, or the log ends. Ask again from the next one.</param>
    /// <exception cref="Errors.CertificateException">This silo's peer keeps no log, or cannot read it.</exception>
    [Alias("GetEntries")]
    Task<CertificateEntries> GetEntries(long from, int count);

    /// <summary>All certificates of an interval, ascending by version; none while it is not sealed.</summary>
    /// <exception cref="Errors.CertificateException">This silo's peer keeps no log, or cannot read it.</exception>
    [Alias("GetCertificates")]
    Task<CertificateEntries> GetCertificates(Interval interval);

    /// <summary>The newest certificate of each sealed interval, ascending by interval.</summary>
    /// <param name="from">Only intervals from this one on; null: all.</param>
    /// <param name="count">How many, at most; ask again from the interval after the last one.</param>
    /// <exception cref="Errors.CertificateException">This silo's peer keeps no log, or cannot read it.</exception>
    [Alias("GetSealed")]
    Task<ImmutableArray<CertifiedInterval>> GetSealed(Interval? from, int count);

    /// <summary>
    /// The newest certificate of each sealed interval by each cluster of the store, this one first. It waits at most five seconds for the others; one that
    /// does not answer is named with the reason. An interval of the store is as certain as the least certain of them.
    /// </summary>
    /// <param name="from">Only intervals from this one on; null: all.</param>
    /// <param name="count">How many of each cluster, at most; ask again from the interval after the last one.</param>
    /// <exception cref="Errors.CertificateException">This silo's peer keeps no log, or cannot read it.</exception>
    [Alias("GetSealedByCluster")]
    Task<ImmutableArray<ClusterCertificates>> GetSealedByCluster(Interval? from, int count);

    /// <summary>
    /// Tries to seal an interval now: asks all peers, reads the whole interval, and has the certificate signed. It takes as long as reading the interval, and
    /// goes on if the caller does not wait: the same order again waits for the same attempt.
    /// </summary>
    /// <exception cref="Errors.CertificateException">It could not be tried; the message says why.</exception>
    [Alias("Seal"), ResponseTimeout("00:30:00")]
    Task<SealOutcome> Seal(SealOrder order);
}
