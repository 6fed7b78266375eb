using System.Collections.Immutable;
using System.Text;
using AllData.Certificates;
using AllData.Errors;
using AllData.Events;

namespace AllData.Tests.Support;

/// <summary>A log of certificates in memory, as it is served.</summary>
internal sealed class MemoryLog : IServedLog
{
    /// <summary>The texts of its entries.</summary>
    public List<string> Texts { get; set; } = [];

    /// <summary>Its head; null while it is empty.</summary>
    public SignedCheckpoint? Head { get; set; }

    /// <summary>The newest certificates; null: the log cannot be read.</summary>
    public List<CertifiedInterval>? Sealed { get; set; } = [];

    public bool IsOfWholeStore { get; set; } = true;

    public Task<SignedCheckpoint?> GetHeadAsync() => Task.FromResult(Head);

    public Task<byte[]?> GetTileAsync(TilePath path)
    {
        TreeHash[] leaves = [.. Texts.Select(static text => TreeHash.OfLeaf(Encoding.UTF8.GetBytes(text)))];
        return Task.FromResult(!LogTiles.Has(path, Texts.Count) ? null
            : path.Level is not null ? LogTiles.TileOf(path, leaves)
            : LogTiles.WriteBundle(Texts.Skip((int)path.Index * TilePath.FullWidth).Take(path.Width)
                .Select(static text => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)))));
    }

    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(EventKey from, EventKey to) => Sealed is null
        ? throw new CertificateException("The log of certificates cannot be read.")
        : Task.FromResult<ImmutableArray<CertifiedInterval>>([.. Sealed.Where(one => one.Interval.FirstKey >= from && one.Interval.EndKey <= to)]);
}
