using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AllData.Tests.Support;

/// <summary>What of the network of a cluster does not get through.</summary>
internal enum CutDirection
{
    /// <summary>Neither what it sends nor what is sent to it.</summary>
    Both,

    /// <summary>What it sends.</summary>
    Outward,

    /// <summary>What is sent to it.</summary>
    Inward,
}

/// <summary>The network between the clusters of a store: a path for each direction of each pair.</summary>
internal sealed class ClusterNetwork
{
    private readonly FrozenDictionary<(string From, string To), LinkPath> _paths;

    public ClusterNetwork(ImmutableArray<string> clusters)
    {
        Clusters = clusters;
        _paths = clusters.SelectMany(from => clusters.Where(to => to != from).Select(to => (from, to)))
            .ToFrozenDictionary(static pair => pair, static _ => new LinkPath());
    }

    /// <summary>The clusters.</summary>
    public ImmutableArray<string> Clusters { get; }

    /// <summary>The way from one cluster to another.</summary>
    public LinkPath this[string from, string to] => _paths[(from, to)];

    /// <summary>Cuts a cluster off from all others.</summary>
    public void Cut(string cluster, CutDirection direction)
    {
        foreach (var ((from, to), path) in _paths)
        {
            if ((from == cluster && direction != CutDirection.Inward) || (to == cluster && direction != CutDirection.Outward))
            {
                path.Cut();
            }
        }
    }

    /// <summary>Lets everything through again.</summary>
    public void Heal()
    {
        foreach (var path in _paths.Values)
        {
            path.Heal();
        }
    }

    /// <summary>Adds a delay to each way there and back, half of it in each direction.</summary>
    public void SetRoundTrip(TimeSpan delay)
    {
        foreach (var path in _paths.Values)
        {
            path.Delay = delay / 2;
        }
    }

    /// <summary>Bytes that have arrived between a cluster and the others, in both directions.</summary>
    public long BytesAcross(string cluster) => _paths.Where(p => p.Key.From == cluster || p.Key.To == cluster).Sum(static p => p.Value.Bytes);
}
