using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Events;

namespace AllData.Simulation.Links;

/// <summary>The certificates that a simulated silo shows to other clusters: none, because none of them asks.</summary>
internal sealed class NoCertificates : IServedLog
{
    /// <inheritdoc/>
    public bool IsOfWholeStore => false;

    /// <inheritdoc/>
    public Task<SignedCheckpoint?> GetHeadAsync() => Task.FromResult<SignedCheckpoint?>(null);

    /// <inheritdoc/>
    public Task<byte[]?> GetTileAsync(TilePath path) => Task.FromResult<byte[]?>(null);

    /// <inheritdoc/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(EventKey from, EventKey to) => Task.FromResult<ImmutableArray<CertifiedInterval>>([]);
}
