namespace AllData.Reading;

/// <summary>Whose copies a scan reads.</summary>
[GenerateSerializer, Alias("AllData.ScanScope")]
public enum ScanScope
{
    /// <summary>Those of every registered peer of the store: it is complete when all of them have answered.</summary>
    Store = 0,

    /// <summary>
    /// Those of the peers of the cluster that answers: it is complete when these have answered, whatever the clusters of other regions have acknowledged. The
    /// same as <see cref="Store"/> where the store has one cluster.
    /// </summary>
    Cluster = 1,
}
