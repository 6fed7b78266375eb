using System.Collections.Immutable;

namespace AllData.Putting;

/// <summary>Looks for gateways while puts are made: at first, every now and then, and soon when a lane is in trouble.</summary>
/// <param name="sync">Guards the lanes; held by whoever calls.</param>
/// <param name="lanes">Gets what is found.</param>
/// <param name="survey">Looks.</param>
/// <param name="onFound">Called when a look has ended; holds the guard.</param>
internal sealed class LaneWatch(Lock sync, LaneTable lanes, LaneSurvey survey, Action onFound)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IntervalInTrouble = TimeSpan.FromSeconds(1);

    private TimeSpan? _last;
    private bool _isLooking;

    /// <summary>Begins to look when it is time.</summary>
    public void LookIfDue(TimeSpan now)
    {
        if (!_isLooking && !(now - _last < (lanes.IsInTrouble ? IntervalInTrouble : Interval)))
        {
            (_isLooking, _last) = (true, now);
            lanes.IsInTrouble = false;
            _ = LookAsync([.. lanes.Ordinals]);
        }
    }

    private async Task LookAsync(ImmutableArray<int> known)
    {
        // Off the caller's thread, which holds the guard.
        await Task.Yield();
        var found = await survey.RunAsync(known);
        lock (sync)
        {
            lanes.Add(found.Lanes);
            if (found.Locations is { } locations)
            {
                lanes.Locate(locations);
            }

            _isLooking = false;
            onFound();
        }
    }
}
