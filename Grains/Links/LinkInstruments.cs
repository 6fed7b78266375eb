using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Reports;

namespace AllData.Links;

/// <summary>What is counted of the links to the other clusters of the store.</summary>
internal sealed class LinkInstruments(AllDataMeter meter)
{
    private readonly Counter<long> _missed = meter.CreateCounter(
        "alldata.link.missed_questions", "{question}", "Questions to another cluster that were not answered.");

    /// <summary>Shows how the links stand.</summary>
    public void Show(Func<IEnumerable<LinkReport>> read) => meter.ShowAmounts(
        "alldata.link.state", "{link}", "1 for the state that the link to another cluster is in, 0 for its other states.",
        () => read().SelectMany(static link => Enum.GetValues<LinkState>().Select(state => new Measurement<long>(
            link.State == state ? 1 : 0,
            TagOf(link.Name),
            TelemetryAttributes.Of(TelemetryAttributes.LinkState, TelemetryAttributes.TextOf(state))))));

    /// <summary>A question was not answered.</summary>
    public void OnMissed(string cluster) => _missed.Add(1, TagOf(cluster));

    private static KeyValuePair<string, object?> TagOf(string cluster) => TelemetryAttributes.Of(TelemetryAttributes.ClusterName, cluster);
}
