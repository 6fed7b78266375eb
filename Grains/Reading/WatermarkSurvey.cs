using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Keys;
using AllData.Protocol.Topologies;
using Microsoft.Extensions.Logging;

namespace AllData.Reading;

/// <summary>
/// Asks every registered silo, storing or not, for its low watermark: events may still appear from the smallest of them on. It runs before the
/// buckets are surveyed: what was acknowledged until then is seen there.
/// </summary>
internal sealed partial class WatermarkSurvey(ScanServices services)
{
    /// <summary>The first key at which events may still appear; null if a silo has never reported one.</summary>
    public async Task<EventKey?> TakeAsync(LiveTopology live)
    {
        // A put-only peer is no silo: nothing is put through it.
        var silos = Enumerable.Range(0, live.Topology.Count).Where(i => !live.Topology[i].IsPutOnly);
        var watermarks = await Task.WhenAll(silos.Select(i => AskAsync(live, i)));

        // A silo that joins now is not asked, and its clock may be slightly behind.
        var lowest = EventKey.FirstAt(Math.Max(0, services.Time.GetUtcNow().ToUnixTimeMilliseconds() - SuppliedKeyRules.ClockTolerance));
        foreach (var watermark in watermarks)
        {
            if (watermark is not { } known)
            {
                return null;
            }

            lowest = known < lowest ? known : lowest;
        }

        return watermarks.Length > 0 ? lowest : null;
    }

    private async Task<EventKey?> AskAsync(LiveTopology live, int index)
    {
        var peer = live.Topology[index];
        if (!live.IsHosted(index))
        {
            return services.Confirmed.Find(peer);
        }

        try
        {
            return services.Confirmed.Confirm(peer, await services.Replicas.Of(peer.Id).GetLowWatermarkAsync());
        }
        catch (Exception e)
        {
            LogNotTold(services.Logger, e, peer.Id);
            return services.Confirmed.Find(peer);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not say up to where it is safe to follow; what it said last counts")]
    private static partial void LogNotTold(ILogger logger, Exception failure, Peers.PeerId peer);
}
