using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Reading;
using AllData.Remote;

namespace AllData.Repair;

/// <summary>What an audit uses.</summary>
/// <param name="Scans">What reading uses.</param>
/// <param name="Settle">How long a minute's copies may be in flight.</param>
/// <param name="Federation">The clusters of the store.</param>
/// <param name="Links">What the other clusters say of the federation document.</param>
internal sealed record AuditServices(ScanServices Scans, TimeSpan Settle, ConfiguredFederation Federation, IRegionLinks Links)
{
    /// <summary>An audit, for one question.</summary>
    public ClusterAudit CreateAudit() => new(Scans, new CopyCensus(Scans), Settle);

    /// <summary>A count of what only a region holds, for one question.</summary>
    /// <exception cref="RegionRefusedException">It cannot be dropped, whatever it holds.</exception>
    public RegionAudit CreateRegionAudit(string region)
    {
        var own = Federation.Own ?? throw new RegionRefusedException(
            "The store has one cluster, and no federation document names its regions: drop the region's peers one by one with 'alldata drop PEER'.",
            region,
            RegionRefusal.NoDocument);
        return new RegionAudit(Scans, new CopyCensus(Scans), Links, own.Document, RegionDrop.Find(own.Document, own.Own, region), region);
    }
}
