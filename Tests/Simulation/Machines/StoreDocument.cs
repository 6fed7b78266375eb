using AllData.Configuration;
using AllData.Federation;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>The federation document of a simulated store: region after region goes to cluster after cluster, and ordinals are divided as by default.</summary>
internal static class StoreDocument
{
    /// <summary>The place of a cluster in its store; nothing where there is one cluster.</summary>
    public static ConfiguredFederation Of(WorldSettings settings, int cluster)
    {
        if (settings.Clusters == 1)
        {
            return ConfiguredFederation.None;
        }

        var document = new FederationDocument
        {
            Store = World.ClusterId,
            Version = 1,
            IntervalLength = settings.IntervalLength,
            Clusters = [.. Enumerable.Range(0, settings.Clusters).Select(number => ClusterOf(settings, number))],
        };
        return new ConfiguredFederation(new FederatedCluster(document, document.Clusters[cluster]));
    }

    private static FederationCluster ClusterOf(WorldSettings settings, int number) => new()
    {
        Number = number,
        Name = $"c{number}",
        Regions = [.. Enumerable.Range(0, settings.Regions).Where(region => region % settings.Clusters == number).Select(static region => $"r{region}")],
        Ordinals = [OrdinalRange.DefaultOf(number)],
    };
}
