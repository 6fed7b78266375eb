using AllData.Clustering;
using Orleans.Configuration;

namespace AllData.Tests.Support;

/// <summary>When a silo of a test cluster counts as dead.</summary>
internal static class TestLiveness
{
    /// <summary>
    /// The store's own liveness, with more patience: all silos share one process and its stalls, and one that is declared dead by mistake ends, and the
    /// test with it.
    /// </summary>
    public static void Configure(ClusterMembershipOptions options)
    {
        ClusterLiveness.Configure(options);
        options.NumMissedProbesLimit = 5;
    }
}
