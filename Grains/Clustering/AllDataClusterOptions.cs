namespace AllData.Clustering;

/// <summary>The database that holds the cluster's membership and the grains' own state (never the events).</summary>
public enum ClusterDatabaseProvider
{
    /// <summary>A file that all silos of one machine share.</summary>
    Sqlite = 0,

    /// <summary>A PostgreSQL database (12 or later) that silos on any machine reach.</summary>
    PostgreSql = 1,
}

/// <summary>How silos find each other and where grains keep their state; configuration section <c>AllData:Cluster</c>.</summary>
public sealed class AllDataClusterOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "AllData:Cluster";

    /// <summary>Silos and clients with the same cluster id form one cluster. Default: <c>alldata</c>.</summary>
    public string ClusterId { get; set; } = "alldata";

    /// <summary>Names the grain state in the database; it outlives cluster ids. Never change it. Default: <c>alldata</c>.</summary>
    public string ServiceId { get; set; } = "alldata";

    /// <summary>The database. Default: <see cref="ClusterDatabaseProvider.Sqlite"/>, for the silos of a single machine.</summary>
    public ClusterDatabaseProvider Provider { get; set; }

    /// <summary>
    /// With <see cref="ClusterDatabaseProvider.PostgreSql"/>, how to reach it, as Npgsql understands it:
    /// <c>Host=db;Database=alldata;Username=alldata;Password=…</c>. The user must be allowed to create tables. Default: empty.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// With <see cref="ClusterDatabaseProvider.Sqlite"/>, the file, on a local disk: SQLite's locks do not hold on network file systems.
    /// Its directory is created when missing. Default: empty, and then set by the host (<c>cluster.db</c> in its data directory).
    /// </summary>
    public string DatabaseFile { get; set; } = "";

    /// <summary>How long a starting silo waits for a database that does not answer yet, before it gives up. Default: 30 seconds.</summary>
    public TimeSpan DatabaseWait { get; set; } = TimeSpan.FromSeconds(30);
}
