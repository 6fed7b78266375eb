using System.Collections.Immutable;

namespace AllData.Batching.Gateways;

/// <summary>Looks for gateways while puts are made: at first, periodically, and soon when a gateway is in trouble.</summary>
/// <param name="sync">Guards the gateways; the caller holds it.</param>
/// <param name="gateways">Gets what is found.</param>
/// <param name="survey">Looks.</param>
/// <param name="onFound">Called when a look has ended; holds the guard.</param>
internal sealed class GatewayMonitor(Lock sync, GatewayTable gateways, GatewayDiscovery survey, Action onFound)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IntervalInTrouble = TimeSpan.FromSeconds(1);

    private TimeSpan? _last;
    private bool _isLooking;

    /// <summary>Begins to look when it is time.</summary>
    public void LookIfDue(TimeSpan now)
    {
        if (!_isLooking && !(now - _last < (gateways.IsInTrouble ? IntervalInTrouble : Interval)))
        {
            (_isLooking, _last) = (true, now);
            gateways.IsInTrouble = false;
            _ = LookAsync([.. gateways.Ordinals]);
        }
    }

    private async Task LookAsync(ImmutableArray<int> known)
    {
        // Off the caller's thread, which holds the guard.
        await Task.Yield();
        var found = await survey.RunAsync(known);
        lock (sync)
        {
            gateways.Add(found.Gateways);
            if (found.Locations is { } locations)
            {
                gateways.Locate(locations);
            }

            _isLooking = false;
            onFound();
        }
    }
}
