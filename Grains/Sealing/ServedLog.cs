using System.Text;
using AllData.Certificates;
using AllData.Storage.Certificates;

namespace AllData.Sealing;

/// <summary>The log of this silo's peer, as it is served.</summary>
internal sealed class ServedLog(PeerCertificateLog log) : IServedLog
{
    /// <inheritdoc/>
    public Task<SignedCheckpoint?> GetHeadAsync() => log.UseAsync(static stored => stored.Head);

    /// <inheritdoc/>
    public Task<byte[]?> GetTileAsync(TilePath path) => log.UseAsync<byte[]?>(stored =>
        !LogTiles.Has(path, stored.Log.Size) ? null
        : path.Level is not null ? LogTiles.TileOf(path, stored.Log.Leaves)
        : LogTiles.WriteBundle(ReadEntries(stored, path)));

    private static IEnumerable<ReadOnlyMemory<byte>> ReadEntries(IStoredCertificateLog stored, TilePath path) =>
        Enumerable.Range((int)path.Index * TilePath.FullWidth, path.Width).Select(i => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(stored.Read(i))));
}
