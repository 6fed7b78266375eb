namespace AllData.Silo.Commands;

/// <summary>For each command of the silo program, lines that can be typed as they stand. A test parses all of them.</summary>
internal static class SiloExamples
{
    /// <summary>By the command's name; the program's own are under an empty one.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> ByCommand = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [""] =
        [
            "AllData.Silo", "AllData.Silo --AllData:DataDirectory=/var/lib/alldata --AllData:Http:Port=9081",
            "AllData__Peer__Id=north-a AllData__Peer__Region=north AllData__Peer__Zone=a AllData.Silo",
        ],
        ["local-cluster"] =
        [
            "AllData.Silo local-cluster", "AllData.Silo local-cluster --peers 3 --base-port 9081 --data /tmp/trial", "AllData.Silo local-cluster --clusters 3",
            "AllData.Silo local-cluster --secure",
        ],
        ["local-peer"] = ["AllData.Silo local-peer west-c"],
        ["config"] = ["AllData.Silo config", "AllData.Silo config --set --AllData:Replication:Factor=3", "AllData.Silo config --json"],
        ["inspect"] =
        [
            "AllData.Silo inspect data/intervals/20260102T000000.db",
            "AllData.Silo inspect data/intervals/20260102T000000.db --events --key-file payload-2026.key",
        ],
        ["rebuild-registry"] =
        [
            "AllData.Silo rebuild-registry --data data/local-cluster",
            "AllData.Silo rebuild-registry --data data/north-a --data data/north-b --AllData:Cluster:DatabaseFile=data/cluster.db",
        ],
        ["renew-directory"] = ["AllData.Silo renew-directory --data data/north-a"],
    };
}
