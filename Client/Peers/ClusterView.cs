using AllData.Client.Connection;
using AllData.Peers;

namespace AllData.Client.Peers;

/// <summary>What the registry says of the cluster.</summary>
internal sealed class ClusterView(IGrainFactory grains, RetryingCaller caller)
{
    public Task<TopologySnapshot> GetTopologyAsync(CancellationToken cancellation) =>
        caller.CallAsync(() => grains.GetPeerRegistry().GetTopology(), cancellation);

    /// <summary>How long the cluster's intervals are.</summary>
    public async Task<TimeSpan> GetIntervalLengthAsync(CancellationToken cancellation) =>
        (await GetTopologyAsync(cancellation)).IntervalLength;
}
