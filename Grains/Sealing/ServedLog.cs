using System.Collections.Immutable;
using System.Text;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Events;
using AllData.Storage.Certificates;

namespace AllData.Sealing;

/// <summary>The log of this silo's peer, as it is served.</summary>
internal sealed class ServedLog(PeerCertificateLog log, ConfiguredFederation federation) : IServedLog
{
    /// <inheritdoc/>
    public bool IsOfWholeStore => !federation.HasOthers;

    /// <inheritdoc/>
    public Task<SignedCheckpoint?> GetHeadAsync() => log.UseAsync(static stored => stored.Head);

    /// <inheritdoc/>
    public Task<byte[]?> GetTileAsync(TilePath path) => log.UseAsync<byte[]?>(stored =>
        !LogTiles.Has(path, stored.Log.Size) ? null
        : path.Level is not null ? LogTiles.TileOf(path, stored.Log.Leaves)
        : LogTiles.WriteBundle(ReadEntries(stored, path)));

    /// <inheritdoc/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(EventKey from, EventKey to) => log.UseAsync<ImmutableArray<CertifiedInterval>>(stored =>
    [
        .. stored.Log.Sealed.Where(one => one.Key.FirstKey >= from && one.Key.EndKey <= to).OrderBy(static one => one.Key)
            .Select(static one => one.Value.Of(one.Key)),
    ]);

    private static IEnumerable<ReadOnlyMemory<byte>> ReadEntries(IStoredCertificateLog stored, TilePath path) =>
        Enumerable.Range((int)path.Index * TilePath.FullWidth, path.Width).Select(i => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(stored.Read(i))));
}
