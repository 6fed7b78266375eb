using AllData.Simulation.Running;

namespace AllData.Simulation.Links;

/// <summary>The ways between the clusters of a store, each direction by itself. A store of one cluster has none.</summary>
internal sealed class LinkMap
{
    private readonly SimulatedLink?[,] _links;

    /// <summary>Puts the clusters somewhere on a continent or several.</summary>
    public LinkMap(Timeline timeline, Random random, int clusters)
    {
        _links = new SimulatedLink?[clusters, clusters];
        for (var a = 0; a < clusters; a++)
        {
            for (var b = a + 1; b < clusters; b++)
            {
                var distance = TimeSpan.FromMilliseconds(random.Next(2, 90));
                _links[a, b] = new SimulatedLink(timeline, random, distance);
                _links[b, a] = new SimulatedLink(timeline, random, distance);
            }
        }
    }

    /// <summary>The clusters.</summary>
    public int Clusters => _links.GetLength(0);

    /// <summary>All links, in their order.</summary>
    public IEnumerable<SimulatedLink> All => _links.Cast<SimulatedLink?>().OfType<SimulatedLink>();

    /// <summary>The way from one cluster to another; null within a cluster.</summary>
    public SimulatedLink? Between(int from, int to) => _links[from, to];

    /// <summary>The ways of a cluster, there and back.</summary>
    public IEnumerable<SimulatedLink> Of(int cluster) => Enumerable.Range(0, Clusters).Where(other => other != cluster)
        .SelectMany(other => new[] { _links[cluster, other]!, _links[other, cluster]! });

    /// <summary>All are as good as new.</summary>
    public void Mend()
    {
        foreach (var link in All)
        {
            link.Mend();
        }
    }
}
