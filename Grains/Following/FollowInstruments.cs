using AllData.Diagnostics;
using AllData.Events;

namespace AllData.Following;

/// <summary>What is shown of readers that follow.</summary>
internal sealed class FollowInstruments(AllDataMeter meter, TimeProvider time)
{
    /// <summary>Shows it from now on.</summary>
    /// <param name="countReaders">Readers that follow through this silo.</param>
    /// <param name="readEnd">Up to where they can be given events; null while there are none.</param>
    /// <param name="countMissed">What live readers were not given before it was safe.</param>
    public void Show(Func<int> countReaders, Func<EventKey?> readEnd, Func<long> countMissed)
    {
        meter.ShowTotal(
            "alldata.follow.live.missed_events", "{event}", "Events, and blocks of events, that live readers were not given before they were safe.",
            countMissed);
        meter.ShowAmount("alldata.follow.readers", "{reader}", "Readers that follow through this silo.", () => countReaders());
        meter.ShowGauge(
            "alldata.follow.lag", "s", "How far what readers that follow can be given is behind the clock; nothing while there are none.",
            () => readEnd() is { } end ? Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - end.UnixMilliseconds) / 1000.0 : null);
    }
}
