namespace AllData.Configuration;

/// <summary>Names under which the store's grains find their storage.</summary>
internal static class AllDataStorageNames
{
    /// <summary>The grains' own state, in the cluster database; set up by <c>UseAllDataCluster</c>.</summary>
    public const string GrainState = "AllData";
}
