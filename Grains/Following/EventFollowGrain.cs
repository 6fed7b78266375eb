using AllData.Diagnostics;
using AllData.Membership;
using AllData.Placement;
using AllData.Reading;
using AllData.Security;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;

namespace AllData.Following;

/// <summary>Serves one reader that follows at the silo where the call comes in.</summary>
// Placed and kept as EventScanGrain is.
[PreferLocalPlacement, KeepAlive, GrainDirectory(NoGrainDirectory.Name), Reentrant]
internal sealed class EventFollowGrain(EventFollower follower, LiveFollower liveFollower, Followers followers, StoreIdentity identity)
    : Grain, IEventFollowGrain, IContractGrain
{
    public IAsyncEnumerable<FollowPage> Follow(FollowStart start) => ServeAsync(follower.FollowAsync(start, CancellationToken.None));

    public IAsyncEnumerable<FollowPage> FollowLive(FollowStart start) => ServeAsync(liveFollower.FollowAsync(start, CancellationToken.None));

    private async IAsyncEnumerable<FollowPage> ServeAsync(IAsyncEnumerable<FollowPage> pages)
    {
        try
        {
            using var place = followers.Enter(CallerMark.Take().Name);
            await foreach (var page in pages)
            {
                yield return page with { Store = identity.Id };
            }
        }
        finally
        {
            DeactivateOnIdle();
        }
    }
}
