using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>A log as it is served to anyone that verifies it.</summary>
internal interface IServedLog
{
    /// <summary>Whether it certifies the events of the whole store; where the store has several clusters, those of its own.</summary>
    bool IsOfWholeStore { get; }

    /// <summary>The newest valid head; null while the log is empty.</summary>
    Task<SignedCheckpoint?> GetHeadAsync();

    /// <summary>The bytes of a tile or of a bundle of entries; null where the log has none there.</summary>
    /// <param name="path">Which.</param>
    Task<byte[]?> GetTileAsync(TilePath path);

    /// <summary>The newest certificates of the sealed intervals that lie wholly in a range of keys, ascending.</summary>
    /// <param name="from">First key of the range.</param>
    /// <param name="to">First key beyond it.</param>
    /// <exception cref="Errors.CertificateException">The log cannot be read.</exception>
    Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(EventKey from, EventKey to);
}
