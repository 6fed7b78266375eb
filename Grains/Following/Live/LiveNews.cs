using AllData.Coordination;
using AllData.Peers;
using AllData.Protocol.Blocks;
using Microsoft.Extensions.Logging;

namespace AllData.Following.Live;

/// <summary>
/// Tells the silos that have live readers, and this one, of the blocks that this silo has acknowledged. Nothing waits for it: what a silo does not hear of,
/// its readers are given when it is safe.
/// </summary>
internal sealed partial class LiveNews(LiveFeed own, IGrainFactory grains, TimeProvider time, ILogger<LiveNews> logger) : IAcknowledgedBlocks
{
    /// <summary>For how long a silo is told after it has asked.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private volatile LiveListener[] _listeners = [];

    /// <summary>A silo wants to be told, for the time of a <see cref="Lease"/>.</summary>
    public void Subscribe(PeerId peer)
    {
        lock (_gate)
        {
            var known = Array.Find(_listeners, l => l.Peer == peer);
            if (known is { IsOver: false })
            {
                known.Renew();
                return;
            }

            // One that is over takes nothing more: the silo that asks again has a new one.
            var grain = grains.GetGrain<ILiveNewsGrain>(GrainFactoryExtensions.ReplicaKey(peer));
            _listeners = [.. _listeners.Where(l => l != known), new LiveListener(peer, blocks => grain.Tell(blocks), time)];
        }
    }

    /// <inheritdoc/>
    public void OnAcknowledged(Block block)
    {
        // Late events come when it is known whether they stand in other blocks before: when they are safe.
        if (block.Header.Arrival is not null)
        {
            return;
        }

        own.Offer(block.Bytes);
        foreach (var listener in _listeners)
        {
            if (listener.IsOver)
            {
                Remove(listener);
                continue;
            }

            listener.Offer(block.Bytes);
        }
    }

    private void Remove(LiveListener listener)
    {
        lock (_gate)
        {
            _listeners = Array.FindAll(_listeners, l => l != listener);
        }

        LogEnded(listener.Peer, listener.Lost);
    }

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} is no longer told of acknowledged blocks; {Lost} blocks were left out")]
    private partial void LogEnded(PeerId peer, long lost);
}
