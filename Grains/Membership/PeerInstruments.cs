using System.Diagnostics.Metrics;
using AllData.Diagnostics;

namespace AllData.Membership;

/// <summary>What this silo has seen of the deaths of peers, counted, and kept for its report.</summary>
internal sealed class PeerInstruments(AllDataMeter meter)
{
    private long _trueDeaths;
    private long _falseDeaths;

    /// <summary>Peers seen to leave so far.</summary>
    public long TrueDeaths => Interlocked.Read(ref _trueDeaths);

    /// <summary>Peers that were avoided as silent so far and answered without having left.</summary>
    public long FalseDeaths => Interlocked.Read(ref _falseDeaths);

    /// <summary>Shows the totals.</summary>
    public void Show() => meter.ShowTotals(
        "alldata.peer.deaths", "{death}", "Peers seen to leave (real), or taken for dead and heard again (false_alarm), by this silo.",
        () => [new(TrueDeaths, KindOf("real")), new(FalseDeaths, KindOf("false_alarm"))]);

    /// <summary>A peer's silo has left the cluster; or, where it is not real, a peer that was taken for dead has answered.</summary>
    public void OnPeerDeath(bool real) => Interlocked.Increment(ref real ? ref _trueDeaths : ref _falseDeaths);

    private static KeyValuePair<string, object?> KindOf(string kind) => TelemetryAttributes.Of(TelemetryAttributes.PeerDeathKind, kind);
}
