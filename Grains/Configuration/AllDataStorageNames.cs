namespace AllData.Configuration;

/// <summary>Names under which the store asks Orleans for its services.</summary>
public static class AllDataStorageNames
{
    /// <summary>
    /// The grain storage that keeps the registry; <c>UseAllDataCluster</c> sets it up. It must be reachable from every silo: a grain that can move
    /// must not live in the database of one silo.
    /// </summary>
    public const string GrainState = "AllData";
}
