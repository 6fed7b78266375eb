using System.Diagnostics.Metrics;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Membership;

/// <summary>What is shown of this silo: its conditions, and which peers it can ask.</summary>
internal sealed class SiloInstruments(AllDataMeter meter)
{
    /// <summary>Shows it from now on.</summary>
    /// <param name="readConditions">The present conditions.</param>
    /// <param name="readTopology">The registered peers, and which of them are alive.</param>
    public void Show(Func<IEnumerable<SiloCondition>> readConditions, Func<LiveTopology> readTopology)
    {
        meter.ShowAmount(
            "alldata.silo.ready", "1", "1 while a put at the default level can succeed, otherwise 0.",
            () => readConditions().Any(static c => c.StopsPuts) ? 0 : 1);
        meter.ShowAmounts(
            "alldata.silo.conditions", "{condition}", "The present conditions of the silo, as health and status report them.",
            () => readConditions().GroupBy(static c => (c.Code, c.StopsPuts)).Select(static same => new Measurement<long>(
                same.Count(),
                TelemetryAttributes.Of(TelemetryAttributes.ConditionCode, same.Key.Code),
                new(TelemetryAttributes.ConditionStopsPuts, same.Key.StopsPuts))));
        meter.ShowAmounts("alldata.peers", "{peer}", "Registered peers, as this silo sees them.", () => PeersOf(readTopology()));
    }

    private static IEnumerable<Measurement<long>> PeersOf(LiveTopology live)
    {
        var peers = Enumerable.Range(0, live.Topology.Count).ToLookup(live.Of);
        return Enum.GetValues<PeerAvailability>().Select(availability => new Measurement<long>(
            peers[availability].Count(),
            TelemetryAttributes.Of(TelemetryAttributes.PeerAvailability, TelemetryAttributes.TextOf(availability))));
    }
}
