using AllData.Reading;

namespace AllData.Repair;

/// <summary>What the care for the cluster uses.</summary>
/// <param name="Scans">What reading uses.</param>
/// <param name="Cluster">The way to the replicas.</param>
/// <param name="Settle">How long a minute's copies may be on their way.</param>
internal sealed record CareServices(ScanServices Scans, SiloRepairCluster Cluster, TimeSpan Settle)
{
    /// <summary>An audit, for one question.</summary>
    public ClusterAudit CreateAudit() => new(Scans, new CopyCensus(Scans, Cluster.SourceOf), Settle);
}
