using AllData.Reading;

namespace AllData.Repair;

/// <summary>What an audit uses.</summary>
/// <param name="Scans">What reading uses.</param>
/// <param name="Settle">How long a minute's copies may be in flight.</param>
internal sealed record AuditServices(ScanServices Scans, TimeSpan Settle)
{
    /// <summary>An audit, for one question.</summary>
    public ClusterAudit CreateAudit() => new(Scans, new CopyCensus(Scans), Settle);
}
