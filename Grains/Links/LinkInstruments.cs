using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Reports;

namespace AllData.Links;

/// <summary>What is counted of the links to the other clusters of the store.</summary>
internal sealed class LinkInstruments(AllDataMeter meter)
{
    private readonly Counter<long> _missed = meter.CreateCounter(
        "alldata.links.missed", "{question}", "Questions to another cluster that were not answered, by cluster.");

    /// <summary>Shows how the links stand.</summary>
    public void Show(Func<IEnumerable<LinkReport>> read) => meter.ShowGauges(
        "alldata.links.state", "{state}", "State of the link to each other cluster: 0 up, 1 doubtful, 2 cut off, 3 healing.",
        () => read().Select(static link => new Measurement<long>((int)link.State, TagOf(link.Name))));

    /// <summary>A question was not answered.</summary>
    public void OnMissed(string cluster) => _missed.Add(1, TagOf(cluster));

    private static KeyValuePair<string, object?> TagOf(string cluster) => new("cluster", cluster);
}
