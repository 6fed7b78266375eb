using System.Collections.Immutable;
using AllData.Diagnostics;
using AllData.Peers;
using AllData.Placement;
using AllData.Replication;
using Orleans.Concurrency;

namespace AllData.Following.Live;

/// <summary>Hears, for its silo, of acknowledged blocks and of silos that want to hear of them.</summary>
[PinnedToPeer, KeepAlive, Reentrant]
internal sealed class LiveNewsGrain(LiveFeed feed, LiveNews news) : Grain, ILiveNewsGrain, IContractGrain
{
    public Task Subscribe(PeerId reader)
    {
        news.Subscribe(reader);
        return Task.CompletedTask;
    }

    public Task Tell(ImmutableArray<BlockBytes> blocks)
    {
        foreach (var block in blocks)
        {
            feed.Offer(block);
        }

        return Task.CompletedTask;
    }
}
